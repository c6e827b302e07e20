"""Power losses: what was acknowledged survives them with FULL, and would not with NORMAL."""

import asyncio
import random
from pathlib import Path

from proof import power
from proof.recording import Disk, Step, everything, nothing
from setpoint.journal.sqlite.connection import FULL


def test_five_hundred_power_losses_lose_nothing_with_full_and_something_with_normal() -> None:
    figures = power.run(points=500, recordings=2)

    assert [figure for figure in figures if not figure.ok] == []
    assert figures[0].value == 500


def test_a_recording_has_checkpoints_and_a_log_that_is_begun_anew(tmp_path: Path) -> None:
    recording = asyncio.run(power.record(tmp_path, FULL, random.Random(1)))

    synced = [step.name for step in recording.steps if step.kind == "sync"]
    begun = [step for step in recording.steps if step.kind == "write" and step.name == "-wal" and step.offset == 0]
    assert synced.count("") > 3
    assert len(begun) > 3
    assert len(recording.acknowledged) > 100


def test_what_was_not_synced_may_be_gone_and_what_was_is_not() -> None:
    disk = Disk()
    for step in (
        Step("create", "-wal"),
        Step("write", "-wal", 0, b"synced"),
        Step("sync", "-wal"),
        Step("write", "-wal", 6, b", not"),
    ):
        disk.take(step)

    assert disk.after_power_loss(nothing) == {"-wal": b"synced"}
    assert disk.after_power_loss(everything) == {"-wal": b"synced, not"}


def test_a_file_whose_folder_was_not_synced_may_be_gone() -> None:
    disk = Disk()
    disk.take(Step("create", ""))

    assert disk.after_power_loss(nothing) == {}
    assert disk.after_power_loss(everything) == {"": b""}
