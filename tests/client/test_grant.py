"""Grants: what is looked up in them, when the next is due, and how they are kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from setpoint.client.grant import Grant, Values
from setpoint.client.shelf import Shelf
from setpoint.runs.sealed import digest

LR, HEAD, MOMENTUM = [0.1, 0.1, 0.05], [1.0, 1.0, 0.5], [0.9, 0.9, 0.95]
TOLD: dict[str, Any] = {
    "start": 4, "stop": 7, "lr": LR, "groups": {"head": HEAD}, "hyperparameters": {"momentum": MOMENTUM},
    "digest": digest(4, [LR, HEAD, MOMENTUM]), "incarnation": 1, "later": "fields",
}  # fmt: skip
GRANT = Grant.of(2, TOLD)


def granted(start: int, stop: int) -> Grant:
    return Grant(1, start, stop, [0.1] * (stop - start), {}, {}, "", 1)


def test_it_holds_its_epochs_and_no_others() -> None:
    assert [epoch in GRANT for epoch in (3, 4, 6, 7)] == [False, True, True, False]


def test_all_that_holds_at_an_epoch_is_looked_up_at_once() -> None:
    assert GRANT.values(6) == Values(0.05, {"head": 0.5}, {"momentum": 0.95})


@pytest.mark.parametrize(
    ("start", "stop", "due"), [(0, 1, 1), (0, 2, 1), (0, 3, 1), (10, 20, 14), (0, 1001, 500), (5, 105, 54)]
)
def test_the_next_is_due_before_half_of_it_is_used(start: int, stop: int, due: int) -> None:
    assert granted(start, stop).next_due == due
    assert granted(start, stop).window()[:2] == (start, due)


def test_once_the_next_was_asked_for_it_is_good_to_its_end() -> None:
    assert granted(0, 100).window(is_next_asked=True)[:2] == (0, 100)


def test_it_is_kept_in_a_file_as_it_was(tmp_path: Path) -> None:
    Shelf(tmp_path / "new" / "grant", "r", "rank0").put(GRANT)

    assert Shelf(tmp_path / "new" / "grant", "r", "rank0").get() == GRANT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["grant"]


def test_a_grant_of_another_worker_or_run_is_none(tmp_path: Path) -> None:
    Shelf(tmp_path / "grant", "r", "rank0").put(GRANT)

    assert Shelf(tmp_path / "grant", "r", "rank1").get() is None
    assert Shelf(tmp_path / "grant", "s", "rank0").get() is None
    assert Shelf(tmp_path / "none", "r", "rank0").get() is None


def _with(path: Path, **changed: object) -> None:
    kept = json.loads(path.read_text())
    kept["grant"] |= changed
    path.write_text(json.dumps(kept))


@pytest.mark.parametrize("changed", [{"lr": [0.1, 0.1, 0.06]}, {"lr": [0.1]}, {"stop": 8}, {"lr": "x"}, {"groups": {}}])
def test_a_grant_that_is_not_as_it_was_written_is_none(changed: dict[str, object], tmp_path: Path) -> None:
    Shelf(tmp_path / "grant", "r", "rank0").put(GRANT)
    _with(tmp_path / "grant", **changed)

    assert Shelf(tmp_path / "grant", "r", "rank0").get() is None


def test_a_file_cut_short_is_none(tmp_path: Path) -> None:
    Shelf(tmp_path / "grant", "r", "rank0").put(GRANT)
    (tmp_path / "grant").write_bytes((tmp_path / "grant").read_bytes()[:40])

    assert Shelf(tmp_path / "grant", "r", "rank0").get() is None


def test_a_disk_that_refuses_ends_no_training(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")

    Shelf(tmp_path / "file" / "grant", "r", "rank0").put(GRANT)

    assert "can't be kept" in caplog.text
