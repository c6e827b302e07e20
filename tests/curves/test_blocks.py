"""Blocks of a curve: the same bits as one value at a time, in bounded pieces of work."""

import math
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.curves.blocks import along, blocks, values
from setpoint.curves.parts import Pieced
from setpoint.errors import InvalidSchedule
from setpoint.schedules.form import Form
from setpoint.schedules.kinds import parse
from setpoint.schedules.piece import FALLING, FLAT, RISING, Piece
from tests.curves.forms import SPECS, Laid, a_form, a_line, the_seed
from tests.strategies import schedules


def flattened(form: Pieced, start: int, stop: int, stride: int = 1, size: int = 8192) -> list[float]:
    return [lr for block in blocks(form, start, stop, stride, size) for lr in block.tolist()]


def bits(lrs: list[float]) -> list[str]:
    return [lr.hex() for lr in lrs]


def test_the_seed_example() -> None:
    assert flattened(the_seed(), 0, 12) == [0.1] * 5 + [0.05] * 5 + [0.025] * 2


@settings(deadline=None)
@given(
    spec=schedules(),
    start=st.integers(0, 10**7),
    length=st.integers(0, 400),
    stride=st.integers(1, 50),
    size=st.integers(1, 500),
)
def test_a_curve_is_its_single_values_to_the_bit(
    spec: dict[str, Any], start: int, length: int, stride: int, size: int
) -> None:
    schedule = parse(spec)
    epochs = range(start, start + length, stride)

    assert bits(flattened(schedule.form, start, start + length, stride, size)) == bits([*map(schedule.lr, epochs)])


@settings(deadline=None)
@given(spec=schedules(), epochs=st.sets(st.integers(0, 2000), min_size=1).map(sorted))
def test_a_selection_is_its_single_values_to_the_bit(spec: dict[str, Any], epochs: list[int]) -> None:
    schedule = parse(spec)

    assert bits(values(schedule.form, epochs).tolist()) == bits([*map(schedule.lr, epochs)])


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_block_that_ends_early_loses_no_epoch(spec: dict[str, Any]) -> None:
    schedule = parse(spec)

    assert bits(flattened(schedule.form, 0, 9000)) == bits([schedule.lr(epoch) for epoch in range(9000)])


def test_a_block_that_ends_within_a_piece_is_followed_by_the_rest_of_the_piece() -> None:
    plan = Laid([Piece(0, 100, lambda t: t, False, RISING), a_line(100, 200)])

    assert flattened(plan, 0, 200, size=303) == [*map(float, range(200))]


def test_an_empty_range_has_no_block() -> None:
    assert flattened(the_seed(), 7, 7) == []


def test_no_value_is_an_empty_array() -> None:
    assert values(the_seed(), []).tolist() == []


def test_a_stride_counts_from_the_start() -> None:
    line = Laid([a_line(0, 100)])

    assert flattened(line, 3, 20, stride=5) == [3.0, 8.0, 13.0, 18.0]


def test_no_block_is_longer_than_asked() -> None:
    cosine = a_form("cosine", initial_lr=0.1, epochs=1000)

    assert [len(block) for block in blocks(cosine, 0, 1000, size=300)] == [300, 300, 300, 100]


def test_values_that_are_called_for_one_by_one_come_in_shorter_blocks() -> None:
    decay = a_form("exponential", initial_lr=0.1, gamma=0.99999)

    assert max(len(block) for block in blocks(decay, 0, 20_000)) < 2100


def test_values_of_many_pieces_come_in_shorter_blocks() -> None:
    table = a_form("table", values=[0.1, 0.2], past_end="repeat")

    assert max(len(block) for block in blocks(table, 0, 1000)) == 32


def test_values_that_hundreds_of_members_share_in_come_in_shorter_blocks() -> None:
    halves = {"kind": "exponential", "initial_lr": 1, "gamma": 0.9999}
    product = a_form("product", schedules=[halves] * 800)

    assert max(len(block) for block in blocks(product, 0, 100)) < 25


def test_pieces_between_two_strides_are_not_looked_at() -> None:
    looked: list[Piece] = []

    class Watched(Form):
        def piece(self, t: Any) -> Piece:
            looked.append(Piece(t, t + 1, lambda _t: 0.5, True, FLAT))
            return looked[-1]

    assert flattened(Watched(), 0, 10**9, stride=250_000_000) == [0.5] * 4
    assert len(looked) == 4


def test_a_falling_piece_that_has_reached_0_is_not_computed_any_further() -> None:
    calls: list[float] = []

    def underflown(t: float) -> float:
        calls.append(t)
        return 0.0

    plan = Laid([Piece(0, math.inf, underflown, False, FALLING)])

    assert flattened(plan, 0, 5000) == [0.0] * 5000
    assert calls == [0.0, 4999.0]


def test_a_fractional_piece_holds_the_whole_epochs_in_it() -> None:
    plan = Laid([Piece(0, 2.5, lambda _t: 0.3, True, FLAT), Piece(2.5, 5, lambda _t: 0.2, True, FLAT)])

    assert flattened(plan, 0, 5) == [0.3, 0.3, 0.3, 0.2, 0.2]


def test_a_staircase_is_called_once_for_each_tread() -> None:
    calls: list[float] = []

    def level(t: float) -> float:
        calls.append(t)
        return 1.0 - (t - 2) // 10 * 0.25

    plan = Laid([Piece(0, math.inf, level, False, None, tread=10, anchor=2)])

    assert flattened(plan, 5, 25) == [1.0] * 7 + [0.75] * 10 + [0.5] * 3
    assert calls == [5.0, 12.0, 22.0]


def test_minus_zero_is_served_as_zero() -> None:
    plan = Laid([Piece(0, 3, lambda _t: -0.0, True, FLAT)])

    assert bits(flattened(plan, 0, 3)) == ["0x0.0p+0"] * 3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1e-9])
@pytest.mark.parametrize("portable", [True, False])
def test_what_may_not_be_served_is_refused_by_its_epoch(bad: float, portable: bool) -> None:
    plan = Laid([a_line(0, 6), Piece(6, 7, lambda _t: bad, portable, FLAT), a_line(7, 20)])

    with pytest.raises(InvalidSchedule, match=f"the learning rate of epoch 6 would be {bad!r}"):
        flattened(plan, 2, 20, stride=2)


def test_an_overflow_within_an_array_is_refused_like_any_other() -> None:
    steep = Laid([Piece(0, 100, lambda t: t * 1e307, True, RISING)])

    with pytest.raises(InvalidSchedule, match="epoch 18 would be inf"):
        flattened(steep, 0, 100)


def test_the_blocks_before_a_refusal_are_given() -> None:
    plan = Laid([a_line(0, 4), Piece(4, 9, lambda t: 3.9 - t, True, FALLING)])
    found: Iterator[Any] = along(plan, range(9), size=4)

    assert next(found).tolist() == [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(InvalidSchedule, match="epoch 4"):
        next(found)


def test_a_curve_of_ten_million_epochs_takes_the_memory_of_a_block() -> None:
    decay = the_seed()
    tracemalloc.start()
    try:
        for _ in blocks(decay, 0, 10_000_000):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2_000_000


def test_numpy_is_imported_with_the_first_block_and_not_before() -> None:
    script = (
        "import sys; from setpoint.curves import blocks, encodings, parts, picture, thinning; "
        "from setpoint.schedules.kinds import parse; form = parse({'kind': 'constant', 'initial_lr': 0.1}).form; "
        "before = 'numpy' in sys.modules; next(blocks.blocks(form, 0, 1)); print(before, 'numpy' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "False True\n"
