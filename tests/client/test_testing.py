"""The service for users' own tests."""

from pathlib import Path

import pytest

from setpoint import Run, Unavailable
from setpoint.testing import service

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}


def joined(url: str, run: str) -> Run:
    return Run.join(url, run, schedule=STEP, on_outage="raise", outage_seconds=0.2)


def test_it_is_a_service_with_no_runs_and_of_its_own() -> None:
    with service() as one, service() as other, joined(one.url, "r") as run, joined(other.url, "r") as namesake:
        run.lr(0)
        run.change("scale", factor=0.5, reason="x")

        assert one.url != other.url
        assert [namesake.lr(epoch) for epoch in range(4)] == [0.1] * 4


def test_it_comes_back_with_its_runs_at_the_same_address() -> None:
    with service() as served:
        url = served.url
        with joined(url, "r") as run:
            run.lr(0)
            run.change("scale", factor=0.5, reason="x")
        served.stop()
        served.stop()
        with pytest.raises(Unavailable):
            joined(url, "r")

        served.start()

        assert served.url == url
        with joined(url, "r") as again:
            assert [again.lr(epoch) for epoch in range(3)] == [0.1, 0.1, 0.05]


def test_nothing_of_it_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with service():
        assert any(tmp_path.rglob("setpoint.db"))

    assert not list(tmp_path.iterdir())
