"""A run as a checkpoint keeps it, and as one process tells it to others."""

from typing import Any

import pytest

from setpoint import InvalidRequest, Run
from setpoint.testing import Service

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "SLURM_JOB_ID", "SLURM_PROCID", "SLURM_NTASKS", "TORCHELASTIC_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


def trained(served: Service, run: str, epochs: int) -> dict[str, Any]:
    """The state of a training that has gone so far, and its end."""
    with Run.join(served.url, run, schedule=STEP) as going:
        for epoch in range(epochs + 1):
            going.lr(epoch)
        return going.state_dict()


def test_a_checkpoint_goes_on_in_a_new_attempt(served: Service) -> None:
    state = trained(served, "kept", 7)

    with Run.join(served.url, "kept", schedule=STEP) as again:
        assert again.load_state_dict(state) == 7
        assert (again.attempt, again.lr(7)) == (2, 0.05)


def test_an_attempt_that_was_opened_there_to_go_back_is_joined(served: Service) -> None:
    state = trained(served, "back", 7)
    with Run.join(served.url, "back", worker="operator") as operator:
        operator.rollback(7, scale=0.1, reason="diverged")

    with Run.join(served.url, "back") as again:
        again.load_state_dict(state)
        assert (again.attempt, again.lr(7)) == (2, 0.005000000000000001)


def test_where_others_may_ask_at_the_same_time_none_is_joined(served: Service) -> None:
    state = trained(served, "others", 7)
    with Run.join(served.url, "others", worker="operator") as operator:
        operator.rollback(7, reason="diverged")

    with Run.join(served.url, "others", worker="a") as first, Run.join(served.url, "others", worker="b") as second:
        for rank in (first, second):
            rank.load_state_dict(state, key="one-launch", is_alone=False)
        assert (first.attempt, second.attempt) == (3, 3)


def test_the_state_of_now_changes_nothing(served: Service) -> None:
    with Run.join(served.url, "of-now", schedule=STEP) as run:
        run.lr(1)

        assert run.load_state_dict(run.state_dict()) == 1
        assert run.attempt == 1


def test_the_checkpoint_of_another_run_needs_one_that_begins_there(served: Service) -> None:
    state = trained(served, "one", 7)

    with Run.join(served.url, "begins-there", schedule=STEP, start_epoch=7) as there:
        assert (there.load_state_dict(state), there.attempt, there.lr(7)) == (7, 1, 0.05)
    with (
        Run.join(served.url, "begins-at-0", schedule=STEP) as other,
        pytest.raises(InvalidRequest, match="start_epoch=7"),
    ):
        other.load_state_dict(state)


def test_a_span_is_all_that_is_granted_from_an_epoch_on(served: Service) -> None:
    settings: dict[str, Any] = {"groups": {"head": STEP}, "hyperparameters": {"momentum": 0.9}}
    with Run.join(served.url, "spanned", schedule=STEP, unit="step", max_lookahead=7, **settings) as run:
        run.lr(0)
        span = run.span(3)

        assert (span.start, span.lr) == (3, [0.1, 0.1, 0.05, 0.05, 0.05])
        assert (2 in span, 7 in span, 8 in span) == (False, True, False)
        assert span.values(5) == run.values(5)
        assert (run.values(5).groups, run.values(5).hyperparameters) == ({"head": 0.05}, {"momentum": 0.9})


def test_what_holds_at_one_epoch_is_a_span_of_that_epoch_alone(served: Service) -> None:
    with Run.join(served.url, "alone", schedule=STEP) as run:
        span = run.values(0).span(0)

    assert (span.start, span.lr, 1 in span) == (0, [0.1], False)
