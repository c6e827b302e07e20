"""Changes and rollbacks: what is shown first is what is done."""

import io
from collections.abc import Callable

import pytest

from setpoint.cli import confirm
from setpoint.testing import Service
from tests.cli.shell import run

REASON = "--reason 'because'"


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str | Callable[[], str]) -> list[str]:
    """A person who answers so; what was asked."""
    questions: list[str] = []
    left = list(answers)

    def agreed(question: str) -> bool:
        questions.append(question)
        answer = left.pop(0)
        return (answer if isinstance(answer, str) else answer()) == "yes"

    monkeypatch.setattr(confirm, "agreed", agreed)
    return questions


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("scale 0.5", "scale 0.5 from epoch 8 on: lr 0.05 -> 0.025"),
        ("set 0.02", "set 0.02 from epoch 8 on: lr 0.05 -> 0.02"),
        ("hold", "hold from epoch 8 on: lr 0.05"),
        ("release --epoch 9", "release from epoch 9 on: lr 0.05"),
        (
            'replace \'{"kind": "constant", "initial_lr": 0.3}\'',
            "replace by constant, initial_lr 0.3 from epoch 8 on: lr 0.05 -> 0.3",
        ),
        ("replace constant", "replace by constant, initial_lr 0.1 from epoch 8 on: lr 0.05 -> 0.1"),
        ("decay 10 0.001 --shape cosine", "decay to 0.001 over 10 from epoch 8 on: lr 0.05"),
        ("scale 0.5 --group lr", "scale 0.5 on lr from epoch 8 on: lr 0.05 -> 0.025"),
    ],
)
def test_each_change_is_made_and_told(served: Service, words: str, told: str) -> None:
    ended = run(f"change resnet50 {words} {REASON} --yes")

    assert ended.out == f"resnet50: done: {told}\n"
    assert ended.err == ""
    assert [each["reason"] for each in run("run resnet50 --json").json["changes"]] == ["because"]


def test_an_extension_and_a_cancellation_are_made(served: Service) -> None:
    run("create other spec.json")
    assert run(f"change other extend 10 {REASON} --yes").out == "other: done: extend by 10 from epoch 0 on: lr 0.1\n"
    assert run(f"change other scale 0.5 --epoch 20 {REASON} --yes").code == 0

    cancelled = run(f"change other cancel 2 {REASON} --yes")

    assert cancelled.out.startswith("other: done: cancel change 2 from epoch ")
    assert [mark["op"] for mark in run("run other --json").json["curve"]["changes"]] == ["extend"]


def test_before_and_after_are_shown_and_it_is_asked(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = answering(monkeypatch, "yes")

    ended = run(f"change resnet50 scale 0.5 {REASON}")

    assert ended.err == "resnet50: scale 0.5 from epoch 8 on: lr 0.05 -> 0.025\n"
    assert ended.out == "resnet50: done: scale 0.5 from epoch 8 on: lr 0.05 -> 0.025\n"
    assert questions == ["Do it?"]


def test_a_no_changes_nothing(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "no")

    ended = run(f"change resnet50 scale 0.5 {REASON}")

    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err.endswith("Nothing was changed.\n")
    assert run("run resnet50 --json").json["changes"] == []


def test_a_dry_run_asks_nothing_and_changes_nothing(served: Service) -> None:
    ended = run(f"change resnet50 scale 0.5 {REASON} --dry-run")

    assert ended.out == "resnet50: would be: scale 0.5 from epoch 8 on: lr 0.05 -> 0.025\n"
    assert run("run resnet50 --json").json["changes"] == []


def test_a_plan_that_changed_meanwhile_is_shown_and_it_is_asked_again(
    served: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def while_another_is_quicker() -> str:
        run("change resnet50 set 0.01 --reason 'mine' --yes")
        return "yes"

    questions = answering(monkeypatch, while_another_is_quicker, "yes")

    ended = run(f"change resnet50 scale 0.5 {REASON}")

    assert ended.err == (
        "resnet50: scale 0.5 from epoch 8 on: lr 0.05 -> 0.025\n"
        "Meanwhile the plan was changed:\n"
        "  127.0.0.1: set 0.01 from epoch 8 on: lr 0.05 -> 0.01 (mine)\n"
        "resnet50: scale 0.5 from epoch 8 on: lr 0.01 -> 0.005\n"
    )
    assert ended.out == "resnet50: done: scale 0.5 from epoch 8 on: lr 0.01 -> 0.005\n"
    assert len(questions) == 2


def test_with_nobody_to_ask_it_says_so(served: Service) -> None:
    ended = run(f"change resnet50 hold {REASON}")

    assert ended.code == 2
    assert ended.err.endswith(
        "setpoint change: there is nobody to ask: --yes does it without asking, --dry-run only says what it would do\n"
    )


@pytest.mark.parametrize(
    ("typed", "is_agreed"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_only_yes_is_yes(typed: str, is_agreed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.StringIO(typed)
    monkeypatch.setattr(stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", stdin)

    assert confirm.agreed("Do it?") is is_agreed


def test_the_receipt_may_be_json(served: Service) -> None:
    receipt = run(f"change resnet50 scale 0.5 --epoch 3 {REASON} --yes --json").json

    assert (receipt["effective_epoch"], receipt["lr_before"], receipt["lr_after"]) == (8, 0.05, 0.025)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("scael 0.5", "'scael' is no change; did you mean scale?"),
        ("x", "'x' is no change; there are scale, set, hold, release, replace, extend, decay, cancel"),
        ("scale", "it is: scale FACTOR; not with 0 values"),
        ("decay 5", "it is: decay EPOCHS FINAL_LR; not with 1 values"),
        ("hold 1", "it is: hold; not with 1 values"),
        ("scale half", "FACTOR: must be a number, such as 0.5, and not 'half'"),
        ("scale NaN", "FACTOR: must be a number, such as 0.5, and not 'NaN'"),
        ("extend 0", "EPOCHS: must be at least 1"),
        ("scale 0.5 --epoch x", "--epoch: must be a whole number from 0 on, below 2^53, and not 'x'"),
        ("scale 0.5 --grup head", "--grup is not known here (did you mean --group?)"),
    ],
)
def test_a_change_that_can_t_be_meant_is_told_in_one_line(words: str, told: str) -> None:
    ended = run(f"change resnet50 {words} {REASON} --url http://127.0.0.1:1")

    assert ended.err.startswith(f"setpoint change: {told}")
    assert (ended.code, ended.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("decay 5 0.1 --shape wrong", "--shape: should be 'linear', "),
        ("scale 0.5 --group tail", "--group: "),
        ("scale 0.5 --epoch 3 --exact", "Epoch 3 is sealed"),
        ("scale -1", "FACTOR: should be "),
    ],
)
def test_what_the_service_refuses_is_told_in_the_words_of_the_command(served: Service, words: str, told: str) -> None:
    ended = run(f"change resnet50 {words} {REASON} --yes")

    assert ended.err.startswith(f"setpoint change: {told}")
    assert (ended.code, ended.err.count("\n")) == (2, 1)


def test_a_change_needs_a_reason() -> None:
    assert run("change resnet50 hold").err == (
        "setpoint change: --reason is needed, for it is what the log says: --reason 'the loss is flat'\n"
    )


def test_a_rollback_opens_an_attempt_with_a_lower_rate(served: Service) -> None:
    ended = run(f"rollback resnet50 --to 4 --scale 0.1 {REASON} --yes")

    assert ended.out == (
        "resnet50: done: attempt 2 from epoch 4 on; scale 0.1 from epoch 4 on: lr 0.1 -> 0.01; "
        "workers of attempt 1 are told to stop\n"
    )
    shown = run("run resnet50 --json").json
    assert (shown["attempt"], shown["position"], shown["lr"]) == (2, 4, 0.010000000000000002)


def test_a_rollback_tells_which_changes_it_drops(served: Service) -> None:
    run(f"change resnet50 scale 0.5 {REASON} --yes")

    ended = run(f"rollback resnet50 --to 4 --keep nothing {REASON} --dry-run")

    assert ended.out.startswith("resnet50: would be: attempt 2 from epoch 4 on, without change 1; ")
    assert run("run resnet50 --json").json["attempt"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--to 99", "--to: "),
        ("--to 4 --attempt 7", "--parent: "),
        ("", "--to is needed: the epoch that the checkpoint begins with, as in --to 4"),
    ],
)
def test_a_rollback_that_can_t_be_is_told_in_one_line(served: Service, words: str, told: str) -> None:
    ended = run(f"rollback resnet50 {words} {REASON} --yes")

    assert ended.err.startswith(f"setpoint rollback: {told}")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
