"""Curves as bytes."""

import json as plain_json
import struct
from itertools import islice

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.curves.encodings import ENCODINGS, Curve, csv, json, ndjson, number, raw
from setpoint.errors import InvalidSchedule
from setpoint.schedules.piece import FALLING, FLAT, Piece
from tests.curves.forms import Laid, a_form, a_line, the_seed

HEAD = a_form("constant", initial_lr=0.01)
TAIL = a_form("step", initial_lr=1, step_size=2, gamma=0.5)
STEEP = a_form("exponential", initial_lr=0.1, gamma=0.1)


def test_json_has_the_range_and_a_column() -> None:
    assert b"".join(json(Curve(the_seed(), range(0, 12, 4)))) == (
        b'{"start":0,"stop":12,"stride":4,"lr":[0.1,0.1,0.05]}'
    )


def test_json_of_nothing_has_an_empty_column() -> None:
    assert b"".join(json(Curve(the_seed(), range(3, 3)))) == b'{"start":3,"stop":3,"stride":1,"lr":[]}'


def test_json_has_groups_after_the_learning_rate() -> None:
    curve = Curve(the_seed(), range(3), groups={"head": HEAD, '"t"': TAIL})

    assert b"".join(json(curve)) == (
        b'{"start":0,"stop":3,"stride":1,"lr":[0.1,0.1,0.1],"groups":{"head":[0.01,0.01,0.01],"\\"t\\"":[1.0,1.0,0.5]}}'
    )


def test_json_of_a_selection_names_its_epochs() -> None:
    curve = Curve(the_seed(), [0, 4, 5], facts={"run": "resnet"})

    assert b"".join(json(curve)) == b'{"run":"resnet","epochs":[0,4,5],"lr":[0.1,0.1,0.05]}'


def test_json_is_one_column_however_many_blocks_it_takes() -> None:
    curve = Curve(Laid([a_line(0, 20_000)]), range(20_000))

    assert plain_json.loads(b"".join(json(curve)))["lr"] == [*map(float, range(20_000))]


def test_csv_has_a_header_and_a_line_for_each_epoch() -> None:
    assert b"".join(csv(Curve(the_seed(), range(4, 6)))) == b"epoch,lr\n4,0.1\n5,0.05\n"


def test_csv_has_a_column_for_each_group() -> None:
    curve = Curve(the_seed(), range(2), groups={"head": HEAD, 'a,"b"': TAIL})

    assert b"".join(csv(curve)) == b'epoch,lr,head,"a,""b"""\n0,0.1,0.01,1.0\n1,0.1,0.01,1.0\n'


def test_ndjson_has_an_object_a_line() -> None:
    assert b"".join(ndjson(Curve(the_seed(), range(4, 6)))) == b'{"epoch":4,"lr":0.1}\n{"epoch":5,"lr":0.05}\n'


def test_ndjson_has_the_groups_in_each_line() -> None:
    curve = Curve(the_seed(), range(2), groups={"head": HEAD, "tail": TAIL})

    assert b"".join(ndjson(curve)) == (
        b'{"epoch":0,"lr":0.1,"groups":{"head":0.01,"tail":1.0}}\n{"epoch":1,"lr":0.1,"groups":{"head":0.01,"tail":1.0}}\n'
    )


def test_raw_is_little_endian_float64() -> None:
    assert b"".join(raw(Curve(the_seed(), range(4, 6)))) == struct.pack("<2d", 0.1, 0.05)


def test_rows_stay_in_line_where_columns_come_in_blocks_of_different_length() -> None:
    curve = Curve(a_form("cosine", initial_lr=1, epochs=9000), range(9000), groups={"steep": STEEP, "tail": TAIL})

    lines = [plain_json.loads(line) for line in b"".join(ndjson(curve)).splitlines()]

    assert [line["epoch"] for line in lines] == [*range(9000)]
    assert [line["groups"]["tail"] for line in lines[:6]] == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    assert lines[4500]["lr"] == 0.5


@given(st.lists(st.floats(0, 1.7e308, allow_nan=False), min_size=1, max_size=40))
def test_every_number_reads_back_as_the_same_float64(lrs: list[float]) -> None:
    curve = Curve(a_form("table", values=lrs), range(len(lrs)))

    assert plain_json.loads(b"".join(json(curve)))["lr"] == lrs
    assert [float(line.split(b",")[1]) for line in b"".join(csv(curve)).splitlines()[1:]] == lrs


@given(st.floats(0, 1.7e308, allow_nan=False))
def test_a_single_number_has_the_digits_of_the_curve(lr: float) -> None:
    curve = Curve(a_form("constant", initial_lr=lr), range(1))

    assert b"".join(csv(curve)) == b"epoch,lr\n0," + number(lr) + b"\n"
    assert orjson.dumps({"lr": lr}) in b"".join(json(curve)).replace(b"[", b"").replace(b"]", b"").replace(
        b'"start":0,"stop":1,"stride":1,', b""
    )


@pytest.mark.parametrize("media_type", ENCODINGS)
def test_what_may_not_be_served_ends_every_encoding(media_type: str) -> None:
    plan = Laid([a_line(0, 3), Piece(3, 9, lambda _t: float("inf"), True, FLAT)])

    with pytest.raises(InvalidSchedule, match="epoch 3"):
        b"".join(ENCODINGS[media_type](Curve(plan, range(9))))


def test_a_group_that_may_not_be_served_ends_the_curve() -> None:
    plan = Laid([Piece(0, 9, lambda t: 1.5 - t, True, FALLING)])

    with pytest.raises(InvalidSchedule, match="epoch 2"):
        b"".join(csv(Curve(the_seed(), range(9), groups={"head": plan})))


def test_many_groups_make_shorter_blocks_of_rows() -> None:
    cosine = a_form("cosine", initial_lr=0.1, epochs=10**9)

    steps = islice(csv(Curve(cosine, range(10**9), groups=dict.fromkeys("abcdefg", cosine))), 2)

    assert max(step.count(b"\n") for step in steps) == 256


@pytest.mark.parametrize("media_type", ENCODINGS)
def test_no_step_holds_more_than_a_block(media_type: str) -> None:
    cosine = a_form("cosine", initial_lr=0.1, epochs=10**9)

    steps = islice(ENCODINGS[media_type](Curve(cosine, range(10**9))), 5)

    assert max(map(len, steps)) < 200_000
