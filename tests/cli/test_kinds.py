"""`setpoint kinds`: what there is, and all about one."""

import json

from setpoint.api import catalogue
from setpoint.schedules.kinds import KINDS
from tests.cli.shell import run

STEP = """\
step: Multiply by `gamma` every `step_size` epochs.

formula       initial_lr * gamma ** floor(e / step_size)
past its end  goes on

parameters:
  initial_lr  number        required  The learning rate of epoch 0.
  step_size   whole number  required  How many epochs from one drop to the next.
  gamma       number        0.1       What each drop multiplies the learning rate by.

example:
  setpoint plot --kind step --initial-lr 0.1 --step-size 5 --gamma 0.5 --stop 25

elsewhere:
  torch     StepLR
  paddle    StepDecay
  timm      StepLRScheduler
  mmengine  StepLR
  fairseq   StepLRSchedule
"""


def test_every_kind_has_a_line() -> None:
    lines = run("kinds").out.splitlines()

    assert {line.split()[0] for line in lines if line.startswith("  ")} == set(KINDS)


def test_one_kind_has_its_formula_parameters_defaults_example_and_names() -> None:
    assert run("kinds step").out == STEP


def test_a_parameter_of_few_words_lists_them() -> None:
    assert "side        word               right     " in run("kinds piecewise").out
    assert "One of right, left." in run("kinds piecewise").out


def test_lists_and_schedules_are_told_as_such() -> None:
    page = run("kinds sequence").out

    assert "schedules   schedule, ...      required" in page
    assert "milestones  whole number, ...  required" in page
    assert "points    [epoch, lr], ...  required" in run("kinds points").out


def test_json_is_what_the_service_tells() -> None:
    served = json.loads(bytes(catalogue.reply().body))

    assert run("kinds --json").json == served
    assert run("kinds warmup --json").json == next(kind for kind in served["kinds"] if kind["kind"] == "warmup")
