"""A day in the life of a run: three workers, an operator, a late one, a crash, and a way back."""

import signal
from pathlib import Path

from tests.api_runs.problem import Problem, problem
from tests.api_runs.process import Process, Run


def test_one_epoch_has_one_learning_rate_whatever_happens_in_between(tmp_path: Path) -> None:
    with Process(tmp_path) as service:
        run = Run(service.http, "resnet50")
        given = [[run.check_in(worker, epoch).json()["lr"] for worker in "abc"] for epoch in range(7)]
        assert given == [[0.1] * 3] * 5 + [[0.05] * 3] * 2

        receipt = run.change("scale", factor=0.5, reason="the loss spikes").json()
        assert (receipt["effective_epoch"], receipt["lr_before"], receipt["lr_after"]) == (7, 0.05, 0.025)
        assert run.check_in("d", 3).json()["lr"] == 0.1
        service.end(signal.SIGKILL)

    with Process(tmp_path) as service:
        run = Run(service.http, "resnet50")
        assert run.created.status_code == 200
        assert [run.check_in(worker, 7).json()["lr"] for worker in "abcd"] == [0.025] * 4

        opened = run.attempt(4, changes=[{"op": "scale", "factor": 0.1}], reason="diverged").json()
        assert (opened["attempt"], opened["parent"], opened["from_epoch"], opened["frontier"]) == (2, 1, 4, 4)
        stale = run.check_in("a", 8)
        assert problem(stale) == Problem(409, "stale-attempt")
        assert "Start again from the new attempt's first epoch and send its number" in stale.json()["detail"]
        again = [[run.check_in(worker, epoch, attempt=2).json()["lr"] for worker in "abcd"] for epoch in (4, 5, 6, 7)]
        assert again == [
            [0.010000000000000002] * 4,
            [0.005000000000000001] * 4,
            [0.005000000000000001] * 4,
            [0.0025000000000000005] * 4,
        ]
        assert run.get("/lr?epoch=3").json()["lr"] == 0.1

        story = [(each["type"], each["reason"]) for each in run.get("/changes").json()["changes"]]
        assert story == [("change", "the loss spikes"), ("attempt", "diverged"), ("change", None)]
