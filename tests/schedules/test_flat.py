"""Schedules written as text parameters."""

import pytest

from setpoint.errors import InvalidSchedule
from setpoint.schedules.faults import items
from setpoint.schedules.flat import leaves, read_flat
from setpoint.schedules.kinds import KINDS, parse


def test_each_text_is_read_as_its_parameters_type() -> None:
    spec = read_flat({"kind": "exponential", "initial_lr": "1e-1", "gamma": "1", "staircase": "true"})

    assert spec == {"kind": "exponential", "initial_lr": 0.1, "gamma": 1, "staircase": True}
    assert isinstance(spec["gamma"], int)


def test_a_list_is_written_with_commas() -> None:
    assert read_flat({"kind": "multistep", "milestones": "30,80"})["milestones"] == [30, 80]


def test_knots_are_written_with_colons() -> None:
    assert read_flat({"kind": "points", "points": "0:0.1,10.5:1e-2"})["points"] == [[0, 0.1], [10.5, 0.01]]


def test_a_parameter_that_may_be_left_out_is_read_as_what_it_is_otherwise() -> None:
    assert read_flat({"kind": "cosine_restarts", "cycles": "3"})["cycles"] == 3


def test_a_name_that_the_kind_does_not_have_is_left_for_parse_to_refuse() -> None:
    spec = read_flat({"kind": "constant", "initial_lr": "0.1", "gama": "0.5"})

    with pytest.raises(InvalidSchedule) as refusal:
        parse(spec)

    assert [fault.pointer for fault in refusal.value.faults] == ["/gama"]


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "+1", "01", "1_0", ".5", "1.", "0x1", "NaN", "Infinity", "\u0661", "1" * 401, "1\n"]
)
def test_a_number_that_json_would_not_write_so_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(InvalidSchedule) as refusal:
        read_flat({"kind": "step", "initial_lr": text, "step_size": "5"})

    assert [fault.pointer for fault in refusal.value.faults] == ["/initial_lr"]
    assert refusal.value.faults[0].detail.startswith("must be a number as JSON writes it, such as 5, 0.1 or 1e-3")


def test_every_text_that_can_t_be_read_is_told() -> None:
    with pytest.raises(InvalidSchedule) as refusal:
        read_flat({"kind": "exponential", "initial_lr": "high", "gamma": "low", "staircase": "1"})

    assert [fault.pointer for fault in refusal.value.faults] == ["/initial_lr", "/gamma", "/staircase"]


@pytest.mark.parametrize(
    ("params", "detail"),
    [
        ({}, "is required"),
        ({"kind": "stairs"}, "'stairs' is unknown; known are constant, step, "),
        ({"kind": "warmup"}, "'warmup' is made of other schedules: send all of it as JSON, in `schedule`"),
    ],
)
def test_a_kind_that_can_t_be_written_flat_is_refused_with_what_to_do(params: dict[str, str], detail: str) -> None:
    with pytest.raises(InvalidSchedule) as refusal:
        read_flat(params)

    assert refusal.value.faults[0].pointer == "/kind"
    assert refusal.value.faults[0].detail.startswith(detail)


@pytest.mark.parametrize("kind", list(leaves()))
def test_the_example_of_every_leaf_can_be_written_flat(kind: str) -> None:
    example = KINDS[kind].example

    assert read_flat({name: _written(value) for name, value in example.items()}) == example


def _written(value: object) -> str:
    inside = [_written(item).replace(",", ":") for _, item in items(value)]
    return ",".join(inside) if inside else str(value)
