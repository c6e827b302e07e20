"""What a schedule from outside may not be, and where the answer points."""

import math

import pytest

from setpoint.errors import Fault, InvalidSchedule
from setpoint.schedules.kinds import parse
from tests.strategies import Json

STEP: Json = {"kind": "step", "initial_lr": 0.1, "step_size": 5}
LINE: Json = {"kind": "linear", "initial_lr": 0.1, "final_lr": 0, "epochs": 10}
RAMP: Json = {"kind": "ramp", "initial_lr": 0.1, "final_lr": 0.01, "epochs": 10, "shape": "linear"}
COSINE: Json = {"kind": "cosine", "initial_lr": 0.1, "epochs": 90}
CYCLIC: Json = {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 1, "up_epochs": 5}
RESTARTS: Json = {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 10}
WSD: Json = {"kind": "wsd", "peak_lr": 0.1, "stable_epochs": 1, "decay_epochs": 1}
ONE_CYCLE: Json = {"kind": "one_cycle", "peak_lr": 0.1, "epochs": 10}


def refused(data: object) -> list[Fault]:
    with pytest.raises(InvalidSchedule) as caught:
        parse(data)
    return list(caught.value.faults)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, "0.1", True, None, [0.1], -0.1])
def test_a_learning_rate_is_a_finite_number_that_is_not_negative(value: object) -> None:
    assert [fault.pointer for fault in refused({**STEP, "initial_lr": value})] == ["/initial_lr"]


@pytest.mark.parametrize("value", [5.0, 1e3, "5", True, None, 0, -1, 2**53, 10**400, math.nan])
def test_a_count_of_epochs_is_a_whole_number_above_0(value: object) -> None:
    assert [fault.pointer for fault in refused({**STEP, "step_size": value})] == ["/step_size"]


def test_a_whole_number_may_stand_for_a_real_one() -> None:
    assert parse({**STEP, "initial_lr": 1}).lr(0) == 1.0


def test_the_largest_epoch_is_one_below_2_to_the_53() -> None:
    assert parse({**STEP, "step_size": 2**53 - 1}).lr(2**53 - 1) == 0.1 * 0.1


@pytest.mark.parametrize("value", [0, -1, 1e-9, math.nan, 2.0**53])
def test_a_length_that_need_not_be_whole_is_at_least_a_thousandth_of_an_epoch(value: float) -> None:
    assert [fault.pointer for fault in refused({**RESTARTS, "cycle_epochs": value})] == ["/cycle_epochs"]


SHAPELESS: list[tuple[object, str, str]] = [
    ([], "", "should be an object"),
    (5, "", "should be an object"),
    (None, "", "should be an object"),
    ({}, "/kind", "is required"),
    ({"kind": "stpe"}, "/kind", "'stpe' is unknown"),
    ({"kind": ["step"]}, "/kind", "is unknown"),
    ({**STEP, "gama": 1}, "/gama", "is not known here"),
    ({"kind": "step", "initial_lr": 0.1}, "/step_size", "is required"),
    ({**COSINE, "past_end": "stop"}, "/past_end", "should be 'hold' or 'continue'"),
    ({**STEP, "a/b~c": 1}, "/a~1b~0c", "is not known here"),
]


@pytest.mark.parametrize(("data", "pointer", "detail"), SHAPELESS)
def test_what_is_no_schedule_is_pointed_at(data: object, pointer: str, detail: str) -> None:
    [fault] = refused(data)

    assert fault.pointer == pointer
    assert detail in fault.detail


def test_every_fault_is_named_at_once() -> None:
    faults = refused({"kind": "step", "initial_lr": -1, "step_size": 1.0, "x": 0})

    assert {fault.pointer for fault in faults} == {"/initial_lr", "/step_size", "/x"}


def test_a_fault_inside_a_member_is_pointed_at_through_it() -> None:
    inner = {"kind": "scale", "factor": 1, "schedule": {**STEP, "step_size": 0}}

    faults = refused({"kind": "sequence", "schedules": [LINE, inner], "milestones": [5]})

    assert [fault.pointer for fault in faults] == ["/schedules/1/schedule/step_size"]


ACROSS: list[tuple[Json, str]] = [
    ({"kind": "multistep", "initial_lr": 0.1, "milestones": [5, 3]}, "/milestones"),
    ({"kind": "multistep", "initial_lr": 0.1, "milestones": []}, "/milestones"),
    ({"kind": "multistep", "initial_lr": 0.1, "milestones": list(range(4097))}, "/milestones"),
    ({"kind": "multistep", "initial_lr": 0.1, "milestones": [3, 5.0]}, "/milestones/1"),
    ({"kind": "piecewise", "milestones": [5], "values": [1, 2, 3]}, "/values"),
    ({"kind": "points", "points": [[5, 0.1], [3, 0.2]]}, "/points"),
    ({"kind": "points", "points": [[5, 0.1], [5, 0.2]]}, "/points"),
    ({"kind": "points", "points": [[i, 0.1] for i in range(4097)]}, "/points"),
    ({"kind": "points", "points": [[5, 0.1, 0.2]]}, "/points/0"),
    ({"kind": "points", "points": [[5, -0.1]]}, "/points/0/1"),
    ({"kind": "points", "points": []}, "/points"),
    ({"kind": "table", "values": []}, "/values"),
    ({"kind": "table", "values": [0.1] * 65_537}, "/values"),
    ({**RAMP, "shape": "geometric", "final_lr": 0}, "/final_lr"),
    ({**RAMP, "shape": "geometric", "initial_lr": 0}, "/initial_lr"),
    ({**RAMP, "shape": "exponential", "ratio": 1}, "/ratio"),
    ({**RAMP, "shape": "tanh", "lower": 2, "upper": 1}, "/upper"),
    ({**RAMP, "shape": "zigzag"}, "/shape"),
    ({"kind": "inverse_sqrt", "peak_lr": 0.1}, "/timescale"),
    ({**WSD, "decay_shape": "geometric"}, "/min_lr"),
    ({**WSD, "warmup_epochs": 3, "warmup_shape": "geometric"}, "/warmup_initial_lr"),
    ({**ONE_CYCLE, "pct_start": 0.1}, "/pct_start"),
    ({**ONE_CYCLE, "pct_start": 1.0}, "/pct_start"),
    ({**ONE_CYCLE, "pct_start": 1.5}, "/pct_start"),
    ({**ONE_CYCLE, "pct_start": 0.6, "three_phase": True}, "/pct_start"),
    ({**ONE_CYCLE, "div_factor": 0}, "/div_factor"),
    ({**CYCLIC, "gamma": 0.9}, "/gamma"),
    ({**CYCLIC, "mode": "triangular2", "decays": "peak"}, "/decays"),
    ({**CYCLIC, "up_stairs": 10**15}, "/up_stairs"),
    ({**RESTARTS, "cycle_mult": 0.5}, "/cycle_mult"),
    ({**RESTARTS, "cycles": 0}, "/cycles"),
    ({**COSINE, "cycles": 1e300}, "/cycles"),
    ({"kind": "restarts", "schedule": {**LINE, "past_end": "continue"}}, "/schedule"),
    ({"kind": "restarts", "schedule": STEP}, "/schedule/kind"),
    ({"kind": "sequence", "schedules": [LINE, LINE], "milestones": [3, 5]}, "/milestones"),
    ({"kind": "sequence", "schedules": [LINE], "milestones": [3]}, "/schedules"),
    ({"kind": "product", "schedules": []}, "/schedules"),
    ({"kind": "clamp", "schedule": LINE, "min_lr": 2, "max_lr": 1}, "/max_lr"),
    ({"kind": "shift", "schedule": LINE, "offset": 0, "first": 5, "last": 4}, "/last"),
    ({"kind": "warmup", "schedule": LINE, "warmup_epochs": 5, "shape": "geometric"}, "/warmup_initial_lr"),
    (
        {
            "kind": "warmup",
            "schedule": LINE,
            "warmup_epochs": 5,
            "shape": "geometric",
            "warmup_initial_lr": 1,
            "peak_lr": 0,
        },
        "/peak_lr",
    ),
    ({"kind": "stretch", "schedule": LINE, "rate": 0, "parts": 1}, "/rate"),
]


@pytest.mark.parametrize(("data", "pointer"), ACROSS)
def test_a_rule_is_shown_at_the_field_that_breaks_it(data: Json, pointer: str) -> None:
    assert [fault.pointer for fault in refused(data)] == [pointer]


OUT_OF_HAND: list[tuple[Json, str, str]] = [
    ({**STEP, "gamma": 1.1, "step_size": 1}, "/gamma", "no longer a finite number at epoch 7448"),
    ({"kind": "exponential", "initial_lr": 0.1, "gamma": 2}, "/gamma", "no longer a finite number at epoch 1024"),
    ({**CYCLIC, "mode": "exp_range", "gamma": 2}, "/gamma", "no longer a finite number at epoch 1024"),
    ({**RESTARTS, "cycle_decay": 2}, "/cycle_decay", "no longer a finite number at epoch 10240"),
    ({**LINE, "past_end": "continue"}, "/past_end", "below 0 at epoch 11"),
    ({"kind": "polynomial", "initial_lr": 1, "epochs": 4, "past_end": "continue"}, "/past_end", "below 0 at epoch 5"),
    (
        {"kind": "polynomial", "initial_lr": 1, "epochs": 4, "power": 0.5, "past_end": "continue"},
        "/past_end",
        "no longer a finite number at epoch 5",
    ),
    ({**RAMP, "past_end": "continue", "shape": "sqrt"}, "/past_end", "no longer a finite number at epoch 11"),
    ({**RAMP, "past_end": "continue", "shape": "log", "final_lr": 0}, "/past_end", "below 0 at epoch 11"),
    ({"kind": "points", "points": [[0, 1], [4, 0]], "past_end": "continue"}, "/past_end", "below 0 at epoch 5"),
    ({"kind": "inverse_time", "initial_lr": 1e300, "decay_rate": 1, "power": -2}, "/power", "at epoch"),
    (
        {"kind": "scale", "factor": 1e300, "schedule": {"kind": "constant", "initial_lr": 1e300}},
        "/factor",
        "at epoch 0",
    ),
    (
        {"kind": "product", "schedules": [LINE, {"kind": "exponential", "initial_lr": 1, "gamma": 2}]},
        "/schedules/1/gamma",
        "no longer a finite number at epoch 1024",
    ),
    (
        {"kind": "shift", "offset": 5, "schedule": {**LINE, "past_end": "continue"}},
        "/schedule/past_end",
        "below 0 at epoch 11",
    ),
    (
        {"kind": "stretch", "rate": 2**53 - 1, "parts": 1, "schedule": {**COSINE, "past_end": "continue"}},
        "",
        "no longer a finite number at epoch 2",
    ),
]


@pytest.mark.parametrize(("data", "pointer", "detail"), OUT_OF_HAND)
def test_what_gets_out_of_hand_is_refused_with_its_first_bad_epoch(data: Json, pointer: str, detail: str) -> None:
    [fault] = refused(data)

    assert fault.pointer == pointer
    assert detail in fault.detail


def test_growth_is_legal_in_a_sequence_that_ends_it_while_it_is_finite() -> None:
    growing = {**STEP, "gamma": 1.1, "step_size": 1}

    spec = parse({"kind": "sequence", "schedules": [growing, LINE], "milestones": [7000]})

    assert spec.lr(1) == pytest.approx(0.11)
    assert spec.lr(7000) == 0.1


def test_growth_is_legal_where_it_stays_finite_until_epoch_10_to_the_9() -> None:
    assert parse({**STEP, "gamma": 1.1, "step_size": 10**6}).lr(10**9 - 1) == pytest.approx(0.1 * 1.1**999)


def test_growth_is_legal_under_a_clamp() -> None:
    grown = parse({"kind": "clamp", "max_lr": 1, "schedule": {"kind": "exponential", "initial_lr": 0.1, "gamma": 2}})

    assert grown.lr(10**9) == 1.0


def test_what_overflows_past_epoch_10_to_the_9_is_refused_when_it_is_read() -> None:
    growing = parse({**STEP, "gamma": 1.1, "step_size": 10**6})

    with pytest.raises(InvalidSchedule, match="epoch 9000000000"):
        growing.lr(9 * 10**9)


def nested(depth: int) -> Json:
    return STEP if depth == 1 else {"kind": "scale", "factor": 1, "schedule": nested(depth - 1)}


def test_sixteen_levels_are_enough_and_seventeen_too_many() -> None:
    assert parse(nested(16)).lr(5) == pytest.approx(0.01)
    assert [fault.detail for fault in refused(nested(17))] == ["is nested deeper than 16"]


def test_a_thousand_objects_are_enough_and_one_more_too_many() -> None:
    one = {"kind": "constant", "initial_lr": 1}

    assert parse({"kind": "product", "schedules": [one] * 999}).lr(7) == 1.0
    assert [fault.detail for fault in refused({"kind": "product", "schedules": [one] * 1000})] == [
        "has more than 1000 objects"
    ]
