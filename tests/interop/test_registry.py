"""Reading one call: what it comes to, and how it is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from setpoint.errors import InvalidRequest, NotConvertible
from setpoint.interop.registry import READERS, read
from setpoint.schedules.basic import Constant, Step

LINEAR = {"scheduler": "LinearLR", "arguments": {"start_factor": 0.1, "total_iters": 5}}
COSINE = {"scheduler": "CosineAnnealingLR", "arguments": {"T_max": 20}}


def refusal(
    library: str, scheduler: str, arguments: Mapping[str, Any], initial_lr: float | Sequence[float] | None = None
) -> NotConvertible | InvalidRequest:
    with pytest.raises((NotConvertible, InvalidRequest)) as caught:
        read(library, scheduler, arguments, initial_lr)
    return caught.value  # type: ignore[return-value]  # one of the two that are caught


def pointers(error: NotConvertible | InvalidRequest) -> list[str]:
    return [fault.pointer for fault in error.faults]


def test_a_scheduler_becomes_a_spec() -> None:
    got = read("torch", "StepLR", {"step_size": 5, "gamma": 0.5}, 0.1)

    assert got.schedule == Step(initial_lr=0.1, step_size=5, gamma=0.5)
    assert (got.groups, got.plateau, got.notes) == ({}, None, ())


def test_an_argument_left_out_has_the_librarys_default() -> None:
    got = read("torch", "StepLR", {"step_size": 30}, 0.1)

    assert got.schedule == Step(initial_lr=0.1, step_size=30, gamma=0.1)


def test_a_scheduler_may_be_spelt_with_its_path() -> None:
    got = read("torch", "torch.optim.lr_scheduler.StepLR", {"step_size": 30}, 0.1)

    assert got.schedule == Step(initial_lr=0.1, step_size=30)


def test_a_transformers_schedule_may_be_spelt_as_its_function() -> None:
    arguments = {"num_warmup_steps": 2, "num_training_steps": 12}

    by_function = read("transformers", "get_linear_schedule_with_warmup", arguments, 1e-3)

    assert by_function == read("transformers", "linear", arguments, 1e-3)


def test_transformers_specific_arguments_may_stand_apart() -> None:
    apart = {"num_warmup_steps": 2, "num_training_steps": 12, "scheduler_specific_kwargs": {"num_cycles": 1.5}}
    together = {"num_warmup_steps": 2, "num_training_steps": 12, "num_cycles": 1.5}

    assert read("transformers", "cosine", apart, 0.1) == read("transformers", "cosine", together, 0.1)


def test_further_parameter_groups_are_numbered_from_1() -> None:
    got = read("torch", "StepLR", {"step_size": 5}, [0.1, 0.01, 0.001])

    assert {name: spec.lr(0) for name, spec in got.groups.items()} == {"1": 0.01, "2": 0.001}


def test_a_list_among_the_arguments_has_a_value_for_each_group() -> None:
    got = read("torch", "CyclicLR", {"base_lr": [0.1, 0.2], "max_lr": 1.0, "cycle_momentum": False}, [0.5, 0.5])

    assert [got.schedule.lr(0), got.groups["1"].lr(0)] == [0.1, 0.2]


def test_a_list_of_another_length_than_there_are_groups_is_refused() -> None:
    error = refusal("torch", "OneCycleLR", {"max_lr": [0.1, 0.2], "total_steps": 10}, 0.1)

    assert error.detail == "expected 1 values for max_lr, got 2"


def test_a_plateau_is_a_constant_and_a_policy() -> None:
    got = read("torch", "ReduceLROnPlateau", {"patience": 3}, 0.1)

    assert got.schedule == Constant(initial_lr=0.1)
    assert got.plateau is not None
    assert (got.plateau.variant, got.plateau.patience) == ("torch", 3)


def test_an_unknown_library_is_pointed_at() -> None:
    assert pointers(refusal("theano", "StepLR", {}, 0.1)) == ["/library"]


def test_an_unknown_scheduler_is_pointed_at() -> None:
    assert pointers(refusal("torch", "StairLR", {}, 0.1)) == ["/scheduler"]


def test_an_unknown_argument_is_pointed_at() -> None:
    assert pointers(refusal("torch", "StepLR", {"step_size": 5, "gama": 0.5}, 0.1)) == ["/arguments/gama"]


@pytest.mark.parametrize("wrong", ["5", 5.0, True, None, [5]])
def test_an_argument_of_the_wrong_type_is_pointed_at(wrong: object) -> None:
    assert pointers(refusal("torch", "StepLR", {"step_size": wrong}, 0.1)) == ["/arguments/step_size"]


def test_a_missing_argument_is_pointed_at() -> None:
    assert pointers(refusal("torch", "StepLR", {}, 0.1)) == ["/arguments/step_size"]


def test_a_fault_in_a_nested_scheduler_is_pointed_at_where_it_stands() -> None:
    inner = {"scheduler": "StepLR", "arguments": {"step_size": 0}}
    chained = {"scheduler": "ChainedScheduler", "arguments": {"schedulers": [LINEAR, inner]}}

    error = refusal("torch", "SequentialLR", {"schedulers": [chained, COSINE], "milestones": [5]}, 0.1)

    assert pointers(error) == ["/arguments/schedulers/0/arguments/schedulers/1/arguments/step_size"]


def test_an_unknown_nested_scheduler_is_pointed_at_where_it_stands() -> None:
    arguments = {"schedules": [{"scheduler": "no_schedule"}], "boundaries": []}

    assert pointers(refusal("optax", "join_schedules", arguments)) == ["/arguments/schedules/0/scheduler"]


def test_an_initial_lr_is_asked_for_where_the_optimizer_has_it() -> None:
    assert pointers(refusal("torch", "StepLR", {"step_size": 5})) == ["/initial_lr"]


def test_an_initial_lr_is_refused_where_the_arguments_carry_it() -> None:
    error = refusal("optax", "constant_schedule", {"value": 0.1}, 0.1)

    assert pointers(error) == ["/initial_lr"]


@pytest.mark.parametrize("wrong", ["0.1", True, -0.1, [], [0.1, "0.1"], float("nan")])
def test_an_initial_lr_that_is_no_learning_rate_is_pointed_at(wrong: Any) -> None:
    assert pointers(refusal("torch", "StepLR", {"step_size": 5}, wrong)) == ["/initial_lr"]


def test_what_the_library_refuses_is_refused_with_its_reason() -> None:
    error = refusal("torch", "LinearLR", {"start_factor": 1.5}, 0.1)

    assert pointers(error) == ["/arguments/start_factor"]
    assert "greater than 0 and less or equal to 1" in error.detail


def test_what_would_go_below_0_is_refused() -> None:
    error = refusal("torch", "ExponentialLR", {"gamma": -0.9}, 0.1)

    assert isinstance(error, NotConvertible)


def test_a_refusal_names_the_nearest_schedule_where_there_is_one() -> None:
    error = refusal("torch", "OneCycleLR", {"max_lr": 1.0, "total_steps": 20, "anneal_strategy": "linear"}, 0.1)

    nearest = error.extra["nearest"]
    assert isinstance(nearest, dict)
    assert nearest["kind"] == "points"


def test_what_grows_beyond_all_numbers_agrees_until_then_and_says_so() -> None:
    got = read("torch", "ExponentialLR", {"gamma": 2.0}, 1.0)

    assert got.schedule.lr(1023) == 2.0**1023
    assert got.schedule.lr(2000) == 1.7976931348623157e308
    assert got.notes == (
        "from epoch 1024 on it is beyond all float64: the largest is held, where the library has none",
    )


def test_a_note_says_where_the_library_raises() -> None:
    got = read("torch", "OneCycleLR", {"max_lr": 0.1, "total_steps": 10, "cycle_momentum": False}, 0.1)

    assert got.notes == ("from epoch 11 on torch raises ValueError, past its total number of steps",)


def test_a_note_says_that_momentum_is_not_imported() -> None:
    got = read("torch", "CyclicLR", {"base_lr": 0.01, "max_lr": 0.1}, 0.1)

    assert "momentum" in got.notes[0]


def test_a_nested_cosine_that_starts_a_step_ahead_is_refused_past_its_end() -> None:
    chained = {"scheduler": "ChainedScheduler", "arguments": {"schedulers": [COSINE]}}

    error = refusal("torch", "SequentialLR", {"schedulers": [chained, LINEAR], "milestones": [22]}, 1.0)

    assert "past its end no longer multiplies" in error.detail


def test_a_nested_composite_starts_a_step_ahead_as_it_does_in_torch() -> None:
    chained = {
        "scheduler": "ChainedScheduler",
        "arguments": {"schedulers": [{"scheduler": "ExponentialLR", "arguments": {"gamma": 0.9}}]},
    }

    got = read("torch", "SequentialLR", {"schedulers": [chained, COSINE], "milestones": [5]}, 1.0)

    assert got.schedule.lr(0) == 0.9
    assert "one step ahead" in got.notes[0]


def test_keras_restart_that_rounding_moves_is_where_keras_has_it() -> None:
    arguments = {"initial_learning_rate": 1.0, "first_decay_steps": 1, "t_mul": 3.0}

    got = read("keras", "CosineDecayRestarts", arguments)

    assert got.schedule.lr(121) < 1e-9  # (3 ** 5 - 1) / 2, the fifth restart: log(243) / log(3) is just below 5
    assert got.schedule.lr(122) > 0.99


@pytest.mark.parametrize("library", READERS)
def test_every_scheduler_of_every_library_knows_an_argument_that_it_does_not_have(library: str) -> None:
    for name, reader in READERS[library].items():
        fields = reader.model_fields
        assert "no such argument" not in fields, name
        error = refusal(library, name, {"no such argument": 1}, None)
        assert isinstance(error, NotConvertible) or "/arguments/no such argument" in pointers(error)
