"""`setpoint lr`: one number, or a line for each epoch."""

import json

import pytest

from tests.cli.shell import SPEC, STEP, run


def test_one_epoch_gives_the_bare_number() -> None:
    assert run(f"lr {STEP} --epoch 12").out == "0.025\n"


def test_several_epochs_give_two_columns() -> None:
    assert run(f"lr {STEP} --epoch 12,0").out == "12\t0.025\n0\t0.1\n"


def test_a_range_leaves_its_stop_out() -> None:
    assert run(f"lr {STEP} --epoch 3:7").out == "3\t0.1\n4\t0.1\n5\t0.05\n6\t0.05\n"


def test_ranges_and_repeated_flags_add_up_in_the_order_given() -> None:
    assert run(f"lr {STEP} --epoch 0:11:5 --epoch 1,0").out == "0\t0.1\n5\t0.05\n10\t0.025\n1\t0.1\n0\t0.1\n"


def test_a_range_of_one_epoch_is_one_epoch() -> None:
    assert run(f"lr {STEP} --epoch 12:13").out == "0.025\n"


def test_json_has_the_services_form() -> None:
    assert run(f"lr {STEP} --epoch 12 --json").json == {"epoch": 12, "lr": 0.025}
    assert run(f"lr {STEP} --epoch 0,12 --json").json == {"epochs": [0, 12], "lr": [0.1, 0.025]}


def test_a_small_learning_rate_has_the_digits_of_json() -> None:
    assert run("lr --kind constant --initial-lr 0.000001 --epoch 0").out == "1e-6\n"


def test_a_far_epoch_is_as_quick_as_a_near_one() -> None:
    assert run(
        "lr --kind step --initial-lr 1 --step-size 1000000000000000 --gamma 0.5 --epoch 9007199254740991"
    ).out == ("0.001953125\n")


@pytest.mark.parametrize("source", ["-", f"'{json.dumps(SPEC)}'", "step.json", "step"])
def test_a_schedule_comes_from_standard_input_itself_a_file_or_a_kinds_example(source: str) -> None:
    assert run(f"lr {source} --epoch 12", stdin=json.dumps(SPEC)).out == "0.025\n"


def test_an_answer_that_holds_a_schedule_is_read_as_that_schedule() -> None:
    answer: dict[str, object] = {"schedule": SPEC, "groups": {}, "plateau": None, "notes": []}

    assert run("lr - --epoch 12", stdin=json.dumps(answer)).out == "0.025\n"


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    assert run("lr - --epoch 12", stdin="\ufeff" + json.dumps(SPEC)).out == "0.025\n"


def test_a_truth_may_stand_without_its_value() -> None:
    exponential = "lr --kind exponential --initial-lr 1 --gamma 0.5 --decay-epochs 2 --epoch 3"

    assert run(f"{exponential} --staircase").out == "0.5\n"
    assert run(f"{exponential} --staircase false").out == "0.3535533905932738\n"


def test_lists_and_knots_are_written_with_commas_and_colons() -> None:
    assert run("lr --kind multistep --initial-lr 1 --gamma 0.5 --milestones 3,8 --epoch 8").out == "0.25\n"
    assert run("lr --kind points --points 0:0,10:1 --epoch 5").out == "0.5\n"
