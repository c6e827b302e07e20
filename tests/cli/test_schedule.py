"""`setpoint schedule`: many epochs as CSV or JSON, as the service writes them."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.cli.columns import digits
from setpoint.curves import encodings
from setpoint.curves.encodings import Curve
from setpoint.schedules.kinds import KINDS, parse
from setpoint.schedules.walk import along
from tests.cli.shell import STEP, run

EPOCHS = range(3, 5000, 7)


def test_it_prints_a_line_for_each_epoch_up_to_the_stop() -> None:
    assert run(f"schedule {STEP} --stop 11 --start 4 --stride 3").out == "epoch,lr\n4,0.1\n7,0.05\n10,0.025\n"


def test_it_ends_where_the_schedule_ends() -> None:
    assert run("schedule spec.json").out.splitlines()[-1].startswith("49,")


def test_json_has_the_services_form() -> None:
    assert run(f"schedule {STEP} --stop 11 --stride 5 --json").json == {
        "start": 0,
        "stop": 11,
        "stride": 5,
        "lr": [0.1, 0.05, 0.025],
    }


@pytest.mark.parametrize("flags", ["", "--json"])
def test_a_curve_of_many_blocks_is_written_as_the_service_writes_it(flags: str) -> None:
    spec = parse({"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 10, "cycle_mult": 2})
    curve = Curve(spec.form, range(3, 30_000, 2))

    ended = run(f"schedule cosine_restarts --start 3 --stop 30000 --stride 2 {flags}")

    assert ended.raw.rstrip() == b"".join((encodings.json if flags else encodings.csv)(curve)).rstrip()


@pytest.mark.parametrize("kind", KINDS)
def test_values_along_a_curve_are_the_single_values(kind: str) -> None:
    spec = parse(KINDS[kind].example)

    assert list(along(spec, EPOCHS)) == [spec.lr(epoch) for epoch in EPOCHS]


def test_epochs_may_go_back() -> None:
    spec = parse(KINDS["table"].example)

    assert list(along(spec, [2, 0, 1, 0])) == [0.025, 0.1, 0.05, 0.1]


@given(st.floats(min_value=0, allow_infinity=False, allow_nan=False))
def test_the_digits_are_those_of_the_service(lr: float) -> None:
    assert digits(lr) == orjson.dumps(lr).decode()
