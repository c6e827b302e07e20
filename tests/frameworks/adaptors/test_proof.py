"""The long forms: many changes beside a value that is polled, a service that is killed again and again."""

import random
import time
from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.run import Run
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.frameworks.adaptors.process import process
from tests.frameworks.adaptors.ranks import Launcher, Team, launcher, rates, split

pytestmark = pytest.mark.proof

CONSTANT = {"kind": "constant", "initial_lr": 0.1}
STEP = {"kind": "step", "step_size": 40, "gamma": 0.5, "initial_lr": 0.1}
CHANGES = 50
POLLS = (0.02, 0.1, 0.5)
PAUSE = 0.01


@pytest.fixture
def launching() -> Generator[Launcher]:
    with launcher() as found:
        yield found


def moments(seed: int) -> list[float]:
    """When the rate is halved, in seconds from the first update on."""
    chance = random.Random(seed)
    return sorted(chance.uniform(0, 11) for _ in range(CHANGES))


def halved(url: str, run: str, at: Sequence[float]) -> None:
    """Halve the rate at those moments; every tenth time it is brought back to where it began."""
    began = time.monotonic()
    with Run.join(url, run, worker="operator") as operator:
        for number, moment in enumerate(at):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            if number % 10 == 9:
                operator.change("scale", factor=2.0**9, reason="from the beginning again")
            operator.change("scale", factor=0.5, reason="halved")


def episodes(epochs: Sequence[int]) -> int:
    """How many times in a row."""
    return sum(later != earlier + 1 for earlier, later in pairwise(epochs)) + bool(epochs)


def disagreed(team: Team) -> list[int]:
    """The updates for which two ranks used two learning rates."""
    columns = [rates(team.updates(rank)) for rank in range(team.job.ranks)]
    return [epoch for epoch in sorted(columns[0]) if len({column[epoch] for column in columns}) > 1]


@pytest.mark.parametrize("seed", [1, 2])
def test_fifty_changes_never_split_the_replicas_and_polled_ones_do(
    seed: int, launching: Launcher, served: Service
) -> None:
    remote = {"url": served.url, "run": f"sealed-{seed}", "schedule": CONSTANT, "unit": "step", "max_lookahead": 3}
    team = launching.launch(4, 1200, remote, pause_seconds=PAUSE)
    team.await_update(1)
    began = time.monotonic()
    halved(served.url, f"sealed-{seed}", moments(seed))
    team.await_end()
    step = (time.monotonic() - began) / 1200

    assert [team.end(rank)["end"] for rank in range(4)] == ["done"] * 4
    assert split(team) == []
    assert len(set(rates(team.updates(0)).values())) >= 9
    print(f"\nseed {seed}: an update each {step * 1000:.1f} ms; {CHANGES} changes, at these seconds:")
    print(f"  {' '.join(f'{at:.2f}' for at in moments(seed))}")
    print(f"  RemoteLR: 0 of {CHANGES} changes split the four replicas")
    for seconds in POLLS:
        print(f"  polled every {seconds} s: {_polled(launching, served, seed, seconds)}")


def _polled(launching: Launcher, served: Service, seed: int, seconds: float) -> str:
    run = f"polled-{seed}-{seconds}"
    Run.join(served.url, run, schedule=CONSTANT).close()
    team = launching.launch(
        4, 1200, {"url": served.url, "run": run, "schedule": CONSTANT}, pause_seconds=PAUSE, polls_seconds=seconds
    )
    team.await_update(1)
    halved(served.url, run, moments(seed))
    team.await_end()
    differing, apart = disagreed(team), split(team)
    assert differing, "a value that is polled is expected to split them"
    assert apart[-1] == 1199, "replicas that have parted stay apart"
    return (
        f"split {episodes(differing)} times, {len(differing)} of 1200 updates with two learning rates; "
        f"the replicas were apart from update {apart[0]} to the end"
    )


def test_a_service_that_is_killed_again_and_again_changes_no_learning_rate(launching: Launcher) -> None:
    """By turns away for less than a window's rest and for longer than a window; changes in between."""
    chance = random.Random(5)
    with process() as going:
        remote = {"url": going.url, "run": "killed", "schedule": STEP, "unit": "step", "max_lookahead": 30}
        team = launching.launch(4, 900, remote, pause_seconds=PAUSE, timeout_seconds=600)
        team.await_update(5)
        for turn in range(8):
            time.sleep(chance.uniform(0.2, 0.8))
            going.kill()
            before = len(team.updates(0))
            if turn % 2:
                _await_updates(team, before + 5)
            else:
                _stalled(team)
            going.start()
            with Run.join(going.url, "killed", worker="operator") as operator:
                operator.change("scale", factor=0.9, reason=f"turn {turn}")
        team.await_end()
        with Transport(Place(going.url)) as transport:
            curve: Any = transport.ask(call.curve("killed", start=0, stop=900)).body

    assert [team.end(rank)["end"] for rank in range(4)] == ["done"] * 4
    assert split(team) == []
    assert rates(team.updates(3)) == dict(enumerate(curve["lr"]))


def _await_updates(team: Team, count: int) -> None:
    """Wait until so many are made; or no more of them, where less than that was left of the window at the kill."""
    seen, since = 0, time.monotonic()
    while seen < count and time.monotonic() - since < 1.5:
        if len(team.updates(0)) != seen:
            seen, since = len(team.updates(0)), time.monotonic()
        time.sleep(0.005)


def _stalled(team: Team) -> None:
    """Wait until no rank makes an update for a second and a half: all are past their window."""
    seen, since = 0, time.monotonic()
    while time.monotonic() - since < 1.5:
        count = sum(len(team.updates(rank)) for rank in range(team.job.ranks))
        if count != seen:
            seen, since = count, time.monotonic()
        time.sleep(0.05)
    assert len({len(team.updates(rank)) for rank in range(team.job.ranks)}) == 1
