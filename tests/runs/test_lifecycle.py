"""Creating a run, finishing it, putting it away; and what keeps a typo from the workers."""

import pytest

from setpoint.errors import InvalidRequest, NotFound, OutOfBounds, RunArchived, RunExistsDiffers, RunFinished
from setpoint.runs.command import ChangePlan, CheckIn, Create, Leave, Measure, OpenAttempt, Patch
from setpoint.runs.settings import Settings
from tests.runs.a_run import ANY, FLAT, LINE, STEP_LR, Story, a_run, change, refused


def settings(**more: object) -> Settings:
    return Settings.model_validate({"schedule": STEP_LR, **more})


def test_a_run_that_is_not_there_is_told_how_to_create() -> None:
    with pytest.raises(NotFound):
        Story().tell(CheckIn("w0", 0))


def test_creating_the_same_run_again_is_no_write() -> None:
    run = a_run(STEP_LR, frontier=3)

    assert run.create(STEP_LR) == ()


@pytest.mark.parametrize(
    "same",
    [
        {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}},
        {"unit": "epoch", "progress": "fastest", "bounds": {}, "groups": {}},
        {"max_lookahead": 1},
        {"labels": {"team": "vision"}},
        {"start_epoch": 4},
    ],
)
def test_a_run_is_the_same_after_defaults_and_whatever_its_labels_and_first_epoch(same: dict[str, object]) -> None:
    run = a_run(STEP_LR)

    assert run.tell(Create(settings(**same))) == ()


def test_a_number_and_the_constant_schedule_are_the_same_hyperparameter() -> None:
    run = a_run(STEP_LR, hyperparameters={"momentum": 0.9})

    assert run.create(STEP_LR, hyperparameters={"momentum": {"kind": "constant", "initial_lr": 0.9}}) == ()


@pytest.mark.parametrize(
    ("other", "pointer"),
    [
        ({"schedule": LINE}, "/schedule"),
        ({"groups": {"head": LINE}}, "/groups"),
        ({"hyperparameters": {"momentum": 0.9}}, "/hyperparameters"),
        ({"unit": "step", "max_lookahead": 1}, "/unit"),
        ({"max_lookahead": 2}, "/max_lookahead"),
        ({"progress": "slowest", "workers": 2}, "/progress"),
        ({"bounds": {"max_lr": 1.0}}, "/bounds"),
        ({"plateau": {"patience": 3}}, "/plateau"),
    ],
)
def test_another_run_of_that_name_is_refused_with_the_difference(other: dict[str, object], pointer: str) -> None:
    run = a_run(STEP_LR)

    error = refused(run, Create(settings(**other)))

    assert isinstance(error, RunExistsDiffers)
    assert any(fault.pointer.startswith(pointer) for fault in error.faults)


@pytest.mark.parametrize(
    ("brief", "in_full"),
    [
        (
            {"kind": "inverse_sqrt", "peak_lr": 0.1, "warmup_epochs": 4},
            {"kind": "inverse_sqrt", "peak_lr": 0.1, "warmup_epochs": 4, "timescale": 4, "warmup_initial_lr": 0},
        ),
        (
            {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 0.2, "up_epochs": 3},
            {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 0.2, "up_epochs": 3, "down_epochs": 3},
        ),
        (
            {"kind": "warmup", "warmup_epochs": 2, "schedule": STEP_LR},
            {"kind": "warmup", "warmup_epochs": 2, "schedule": STEP_LR, "peak_lr": 0.1},
        ),
    ],
    ids=lambda schedule: str(schedule["kind"]),
)
def test_a_default_that_follows_from_another_parameter_may_be_written_out(
    brief: dict[str, object], in_full: dict[str, object]
) -> None:
    shared: dict[str, object] = {"kind": "sequence", "milestones": [9]}
    run = a_run(shared | {"schedules": [brief, STEP_LR]}, groups={"head": in_full})
    again = settings(schedule=shared | {"schedules": [in_full, STEP_LR]}, groups={"head": brief})
    other = settings(schedule=shared | {"schedules": [in_full, brief]}, groups={"head": brief})

    assert run.tell(Create(again)) == ()
    assert [fault.pointer for fault in refused(run, Create(other)).faults] == ["/schedule"]


# Its end


def test_a_finished_run_takes_no_change() -> None:
    run = a_run(STEP_LR, frontier=3)
    run.patch(state="finished")

    assert isinstance(refused(run, ChangePlan(change("hold"), ANY)), RunFinished)


def test_finishing_twice_is_no_write() -> None:
    run = a_run(STEP_LR)
    run.patch(state="finished")

    assert run.patch(state="finished") == ()


def test_an_archived_run_answers_what_is_sealed() -> None:
    run = a_run(LINE, frontier=3)
    run.patch(state="archived")

    assert run.check_in(2) == [0.75]


def test_an_archived_run_can_only_be_read() -> None:
    run = a_run(LINE, frontier=3)
    run.patch(state="archived")

    for command in (
        CheckIn("w0", 3),
        ChangePlan(change("hold"), ANY),
        OpenAttempt(0, ANY),
        Measure("w0", 1, 0.5),
        Leave("w0"),
        Patch(labels={"team": "vision"}),
        Patch(state="finished"),
    ):
        assert isinstance(refused(run, command), RunArchived)


def test_archiving_twice_is_no_write() -> None:
    run = a_run(STEP_LR)
    run.patch(state="archived")

    assert run.patch(state="archived") == ()


def test_labels_are_replaced_as_a_whole() -> None:
    run = a_run(STEP_LR, labels={"team": "vision", "model": "resnet"})

    run.patch(labels={"team": "speech"})

    assert run.now.labels == {"team": "speech"}
    assert run.patch(labels={"team": "speech"}) == ()


# Bounds


@pytest.mark.parametrize("bounds", [{"max_lr": 0.05}, {"min_lr": 0.2}])
def test_a_run_whose_plan_leaves_its_bounds_is_not_created(bounds: dict[str, float]) -> None:
    with pytest.raises(OutOfBounds):
        Story().create(STEP_LR, bounds=bounds)


def test_what_lies_before_the_start_epoch_need_not_keep_to_the_bounds() -> None:
    run = a_run(STEP_LR, start_epoch=5, bounds={"max_lr": 0.06})

    assert run.planned(5, 6) == [0.05]


def test_bounds_hold_over_the_whole_remaining_plan_and_name_the_epoch() -> None:
    run = a_run(LINE, bounds={"max_lr": 1.0})

    error = refused(run, ChangePlan(change("scale", factor=2.0, epoch=2), ANY))

    assert isinstance(error, OutOfBounds)
    assert error.extra == {"epoch": 2}


def test_a_change_that_goes_out_of_bounds_later_is_refused_now() -> None:
    run = a_run(FLAT, bounds={"min_lr": 0.5})

    error = refused(run, ChangePlan(change("decay", epochs=100, final_lr=0.0), ANY))

    assert isinstance(error, OutOfBounds)
    assert error.extra == {"epoch": 51}


def test_bounds_concern_the_groups_and_not_the_hyperparameters() -> None:
    run = a_run(FLAT, groups={"head": FLAT}, hyperparameters={"momentum": 9.0}, bounds={"max_lr": 1.0})

    assert isinstance(refused(run, ChangePlan(change("set", lr=2.0, groups=["head"]), ANY)), OutOfBounds)


@pytest.mark.parametrize("lr", [0.1, 10.0])
def test_one_change_may_move_a_rate_by_max_ratio(lr: float) -> None:
    run = a_run(FLAT, bounds={"max_ratio": 10})

    assert run.change("set", lr=lr).after == (lr,)


@pytest.mark.parametrize("lr", [0.099, 10.1])
def test_and_no_further(lr: float) -> None:
    run = a_run(FLAT, bounds={"max_ratio": 10})

    assert isinstance(refused(run, ChangePlan(change("set", lr=lr), ANY)), OutOfBounds)


def test_a_zero_has_no_ratio() -> None:
    run = a_run(FLAT, bounds={"max_ratio": 10})

    run.change("set", lr=0.0)

    assert run.change("set", lr=100.0).after == (100.0,)


def test_max_ratio_is_of_the_effective_epoch_alone() -> None:
    run = a_run(FLAT, bounds={"max_ratio": 10})

    assert run.change("decay", epochs=4, final_lr=0.0).after == (1.0,)


def test_a_change_that_overflows_is_refused_when_it_is_made() -> None:
    run = a_run({"kind": "linear", "initial_lr": 1.0, "final_lr": 2.0, "epochs": 10})

    error = refused(run, ChangePlan(change("scale", factor=1e308), ANY))

    assert isinstance(error, InvalidRequest)
    assert error.extra == {"epoch": 8}


def test_a_run_is_made_anew_of_its_events_alone() -> None:
    run = a_run(LINE, groups={"head": STEP_LR}, frontier=3)
    run.change("scale", factor=0.5, reason="too fast")
    run.seal(5)
    run.roll_back(2, changes=[{"op": "hold"}])
    run.check_in(2, attempt=2)
    run.patch(state="finished", labels={"team": "vision"})

    assert run.refolded() == run.now
