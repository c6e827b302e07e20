"""Commands of one run: in order, many on one commit, and answered once they are durable."""

import asyncio
from pathlib import Path

import pytest

from setpoint.errors import NotFound, StaleAttempt
from setpoint.journal.sqlite.journal import opened
from setpoint.journal.sqlite.writer import Committed
from setpoint.runs.command import OpenAttempt
from tests.coordination.runs import ANY, HALVE, check_in, coordinator, create, within


def test_a_run_is_created_checked_in_and_changed(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = await opened(tmp_path / "setpoint.db")
        runs = coordinator(journal)
        await runs.handle("mnist", create(), actor="ada")
        sealed = await runs.handle("mnist", check_in(0), actor="w0")
        changed = await runs.handle("mnist", HALVE, actor="ada")

        assert sealed.run.attempt.sealed.values(0, 0, 1) == [0.1]
        assert [each.event.kind for each in sealed.recorded] == ["progress", "sealed"]
        assert changed.recorded[0].origin.actor == "ada"
        assert (await runs.handle("mnist", check_in(1), actor="w0")).run.attempt.sealed.values(0, 1, 2) == [0.05]
        await journal.close()

    within(10, scenario)


def test_another_process_finds_the_same_run(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = await opened(tmp_path / "setpoint.db")
        runs = coordinator(journal)
        await runs.handle("mnist", create(labels={"team": "vision"}), actor="ada")
        await runs.handle("mnist", check_in(0), actor="w0")
        before = (await runs.handle("mnist", HALVE, actor="ada")).run
        await journal.close()

        journal = await opened(tmp_path / "setpoint.db")
        assert await coordinator(journal).look("mnist") == before
        await journal.close()

    within(10, scenario)


def test_sixty_four_callers_on_one_run_share_commits_and_values(tmp_path: Path) -> None:
    async def scenario() -> None:
        commits: list[Committed] = []
        journal = await opened(tmp_path / "setpoint.db", committed=commits.append)
        runs = coordinator(journal)
        await runs.handle("mnist", create(), actor="ada")

        async def worker(name: str) -> list[float]:
            values: list[float] = []
            for epoch in range(12):
                run = (await runs.handle("mnist", check_in(epoch, name), actor=name)).run
                values.append(run.attempt.sealed.value(0, epoch))
            return values

        told = await asyncio.gather(*(worker(f"w{i}") for i in range(64)))
        await journal.close()

        assert all(values == told[0] for values in told)
        assert told[0] == [0.1] * 5 + [0.05] * 5 + [0.025] * 2
        assert sum(commit.entries for commit in commits) == 1 + 64 * 12
        assert max(commit.entries for commit in commits) > 1

    within(20, scenario)


def test_a_refusal_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = await opened(tmp_path / "setpoint.db")
        runs = coordinator(journal)
        with pytest.raises(NotFound):
            await runs.handle("mnist", check_in(0), actor="w0")
        await runs.handle("mnist", create(), actor="ada")
        await runs.handle("mnist", OpenAttempt(0, ANY), actor="ada")
        with pytest.raises(StaleAttempt):
            await runs.handle("mnist", check_in(0), actor="w0")
        await journal.close()

    within(10, scenario)
