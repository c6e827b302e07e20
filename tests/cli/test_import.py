"""`setpoint import` and `setpoint export`: from other libraries and to them."""

import json

import pytest

from tests.cli.shell import SPEC, STEP, run


def test_a_scheduler_becomes_a_spec() -> None:
    ended = run("import torch StepLR step_size=5 gamma=0.5 --initial-lr 0.1")

    assert (ended.code, ended.err) == (0, "")
    assert ended.json == SPEC


def test_a_call_may_be_a_document() -> None:
    call = {"library": "torch", "scheduler": "StepLR", "arguments": {"step_size": 5, "gamma": 0.5}, "initial_lr": 0.1}

    assert run("import -", stdin=json.dumps(call)).json == SPEC


def test_json_has_the_services_form() -> None:
    answer = run("import torch StepLR step_size=5 --initial-lr 0.1,0.01 --json").json

    assert answer == {
        "schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.1},
        "groups": {"1": {"kind": "step", "initial_lr": 0.01, "step_size": 5, "gamma": 0.1}},
        "plateau": None,
        "notes": [],
    }


def test_groups_are_not_left_out_without_a_word() -> None:
    ended = run("import torch StepLR step_size=5 --initial-lr 0.1,0.01")

    assert ended.err == "note: it has groups too, which --json shows\n"


def test_a_policy_is_not_left_out_without_a_word() -> None:
    ended = run("import torch ReduceLROnPlateau patience=3 --initial-lr 0.1")

    assert ended.json == {"kind": "constant", "initial_lr": 0.1}
    assert "note: it has plateau too, which --json shows\n" in ended.err


def test_a_bare_word_is_a_text_and_pythons_constants_are_read() -> None:
    cyclic = run("import torch CyclicLR base_lr=0.1 max_lr=1 mode=triangular2 cycle_momentum=False")

    assert cyclic.json["mode"] == "triangular2"
    assert cyclic.json == run("""import torch CyclicLR base_lr=0.1 max_lr=1 'mode="triangular2"'""").json


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("import", "what is to be read? setpoint import torch StepLR step_size=5 --initial-lr 0.1"),
        ("import torch", "which scheduler of torch? known are LambdaLR, "),
        ("import tensorflow StepLR", "LIBRARY: 'tensorflow' is unknown; known are torch, "),
        ("import torch Steplr --initial-lr 1", "SCHEDULER: "),
        ("import torch StepLR gama=5 --initial-lr 0.1", "step_size: is required; gama: is not known here"),
        ("import torch StepLR step_size --initial-lr 0.1", "'step_size' must be NAME=JSON, such as step_size=5"),
        ("import torch StepLR step_size=.5 --initial-lr 0.1", "step_size: '.5' is not JSON; write 0.5, true, null, "),
        ("import torch StepLR step_size=nan --initial-lr 0.1", "step_size: 'nan' is not JSON; write 0.5, true, null"),
        ("import torch StepLR step_size=5 step_size=6 --initial-lr 0.1", "an argument is given twice"),
        ("import torch StepLR step_size=5", "--initial-lr: is required"),
        ("import torch StepLR step_size=5 --initial-lr high", "--initial-lr must be a number, or several as in 0.1,0"),
        ("import torch StepLR step_size=5 --initial-lr ''", "--initial-lr: must have at least one learning rate"),
        ("import torch LambdaLR lr_lambda=f --initial-lr 0.1", "it calls a function of the user's own"),
        ("import spec.json", "spec.json: /epochs is not known here; there are library, scheduler, arguments, initial_"),
        ("import none.json", "none.json can't be read: No such file or directory"),
        ("export spec.json", "--to is needed: torch, optax, keras or transformers"),
        ("export spec.json --to jax", "--to: 'jax' is not written for; known are torch, optax, keras, transformers"),
    ],
)
def test_what_can_t_be_read_or_written_is_told_in_one_line(command: str, told: str) -> None:
    ended = run(command)

    assert ended.err.startswith(f"setpoint {command.split(maxsplit=1)[0]}: {told}")
    assert ended.err.count("\n") == 1
    assert (ended.code, ended.raw) == (2, b"")


def test_what_can_t_be_imported_is_told_with_the_nearest_that_can() -> None:
    refused = run("import torch OneCycleLR max_lr=0.1 total_steps=90 three_phase=true anneal_strategy=linear")

    assert (refused.code, refused.err.count("\n")) == (2, 1)
    nearest = json.loads(refused.err.partition(" The nearest is ")[2])
    assert run("lr - --epoch 26", stdin=json.dumps(nearest)).out == "0.1\n"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], "standard input must be an object with library, scheduler, arguments and initial_lr"),
        ({"library": "torch"}, "standard input: /library and /scheduler must be texts, and /arguments an object"),
        ({"library": "torch", "scheduler": "StepLR", "arguments": []}, "standard input: /library and /scheduler must"),
        (
            {"library": "torch", "scheduler": "StepLR", "arguments": {"step_size": 5}, "initial_lr": "0.1"},
            "--initial-lr: must be a number of at least 0, or a list of one for each parameter group",
        ),
    ],
)
def test_what_is_wrong_with_a_call_is_told(document: object, told: str) -> None:
    ended = run("import -", stdin=json.dumps(document))

    assert ended.err.startswith(f"setpoint import: {told}")
    assert (ended.code, ended.err.count("\n")) == (2, 1)


def test_a_schedule_becomes_code() -> None:
    ended = run(f"export {STEP} --to torch")

    assert "StepLR(optimizer, step_size=5, gamma=0.5)" in ended.out
    compile(ended.out, "exported", "exec")


def test_exported_json_has_code_and_notes() -> None:
    answer = run("export spec.json --to torch --json").json

    assert answer["library"] == "torch"
    assert "LambdaLR" in answer["code"]
    assert len(answer["notes"]) == 1
