"""Every schedule there can be: its pieces are all of it, and what they say of themselves is so."""

from itertools import pairwise
from math import ceil
from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from setpoint.schedules.kinds import parse
from setpoint.schedules.piece import FALLING, FLAT, RISING, Piece
from setpoint.schedules.spec import Spec
from tests.strategies import Json, schedules

SPAN = 120
EDGES = [0, 1, 37, 299, 2**20 - 1, 10**9, 2**53 - 200]


def values(piece: Piece) -> list[float]:
    """As a curve is computed: arrays where the piece is portable, the first value all along where it is flat."""
    epochs = np.arange(int(piece.start), ceil(piece.stop), dtype=np.float64)
    if piece.trend == FLAT:
        return [piece.at(float(piece.start))] * len(epochs)
    if piece.portable:
        return cast(list[float], cast(Any, piece.at)(epochs).tolist())
    return [piece.at(float(epoch)) for epoch in epochs]


def some(spec: Spec, start: int) -> list[Piece]:
    return list(spec.form.pieces(start, start + SPAN))


@given(schedules(), st.sampled_from(EDGES[:5]))
def test_one_value_and_a_curve_are_equal_to_the_bit(plain: Json, start: int) -> None:
    spec = parse(plain)

    curve = [value + 0.0 for piece in some(spec, start) for value in values(piece)]

    assert curve == [spec.lr(epoch) for epoch in range(start, start + SPAN)]


@given(schedules(), st.sampled_from(EDGES))
def test_pieces_follow_one_another_without_gap_or_overlap(plain: Json, start: int) -> None:
    pieces = some(parse(plain), start)

    assert pieces[0].start == start
    assert pieces[-1].stop == start + SPAN
    assert all(one.stop == two.start for one, two in pairwise(pieces))
    assert all(piece.start < piece.stop for piece in pieces)


@given(schedules(), st.sampled_from(EDGES))
def test_a_piece_holds_the_epoch_that_it_was_asked_for(plain: Json, start: int) -> None:
    form = parse(plain).form

    for epoch in range(start, start + SPAN, 7):
        piece = form.piece(epoch)
        assert piece.start <= epoch < piece.stop


@given(schedules(), st.sampled_from(EDGES[:5]))
def test_a_piece_never_turns_against_its_trend(plain: Json, start: int) -> None:
    for piece in some(parse(plain), start):
        steps = list(pairwise(piece.at(float(epoch)) for epoch in range(int(piece.start), int(piece.stop))))
        if piece.trend == FLAT:
            assert all(one == two for one, two in steps)
        if piece.trend == RISING:
            assert all(one <= two + 4e-16 * two for one, two in steps)
        if piece.trend == FALLING:
            assert all(two <= one + 4e-16 * one for one, two in steps)


@given(schedules(), st.sampled_from(EDGES[:5]))
def test_a_staircase_is_level_on_each_tread(plain: Json, start: int) -> None:
    for piece in some(parse(plain), start):
        if piece.tread:
            for epoch in range(int(piece.start), int(piece.stop)):
                foot = max(int(piece.start), epoch - (epoch - piece.anchor) % piece.tread)
                assert piece.at(float(epoch)) == piece.at(float(foot))


@given(schedules())
def test_what_is_written_down_is_read_back_the_same(plain: Json) -> None:
    spec = parse(plain)

    assert parse(spec.plain()) == spec
