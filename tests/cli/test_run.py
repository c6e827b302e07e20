"""Runs on the command line: made, listed, shown, finished."""

import re
from datetime import UTC, datetime

import pytest

from setpoint.cli import wording
from setpoint.testing import Service
from tests.cli.shell import STEP, check_in, run


def test_a_run_is_made_of_a_schedule_and_once_more_is_the_same(served: Service) -> None:
    created = run(f"create new {STEP} --unit step --max-lookahead 5 --label team=nlp")
    again = run(f"create new {STEP} --unit step --max-lookahead 5")

    assert created.out == "new created: step, initial_lr 0.1, step_size 5, gamma 0.5\n"
    assert again.out == "new is there already, and is the same: step, initial_lr 0.1, step_size 5, gamma 0.5\n"
    assert run("run new --json").json["max_lookahead"] == 5


def test_a_run_is_made_of_all_that_it_is_made_with(served: Service) -> None:
    body = (
        '{"schedule": {"kind": "constant", "initial_lr": 1}, "groups": {"head": {"kind": "constant", "initial_lr": 2}}}'
    )

    made = run(f"create grouped '{body}' --label team=nlp --json").json

    assert made["groups"] == {"head": {"kind": "constant", "initial_lr": 2}}
    assert made["labels"] == {"team": "nlp"}


def test_another_run_of_the_same_name_is_refused_with_the_difference(served: Service) -> None:
    ended = run("create resnet50 --kind constant --initial-lr 1")

    assert ended.code == 2
    assert ended.err.startswith("setpoint create: --schedule: ")
    assert "Choose a new name, or open a new attempt" in ended.err
    assert ended.err.count("\n") == 1


def test_what_is_wrong_with_a_run_is_told_with_its_flag(served: Service) -> None:
    assert run(f"create new {STEP} --progress slowest").err.startswith("setpoint create: --workers: is required where")
    assert run(f"create new {STEP} --label team").err.startswith("setpoint create: --label team must be NAME=VALUE")
    assert run('create new \'{"kind": "constant"}\'').err.startswith("setpoint create: --schedule (/initial_lr): ")


def test_the_list_tells_how_far_each_run_is(served: Service) -> None:
    run("create other spec.json")
    run("change resnet50 scale 0.5 --reason flat --yes")

    head, newest, oldest = run("runs").out.splitlines()

    assert head.split() == ["run", "state", "epoch", "lr", "workers", "last", "change"]
    assert newest.split() == ["other", "running", "0/50", "0.1", "0"]
    assert re.fullmatch(
        r"resnet50 +running +6 +0\.05 +2 +scale 0\.5 from epoch 8 on: lr 0\.05 -> 0\.025 \(flat\), just now", oldest
    )


def test_the_list_is_narrowed_by_state_and_label(served: Service) -> None:
    run("create other spec.json --label team=nlp --label size=b")

    assert [row["run"] for row in run("runs --label team=nlp --label size=b --json").json["runs"]] == ["other"]
    assert [row["run"] for row in run("runs --state running --json").json["runs"]] == ["other", "resnet50"]
    assert run("runs --state finished").out.startswith("There are no such runs.")
    assert run("runs --limit 1").err == "There are more: --limit N shows them.\n"


def test_a_run_is_shown_with_its_curve_workers_and_changes(served: Service) -> None:
    run("change resnet50 scale 0.5 --epoch 12 --reason 'the loss is flat' --yes")
    run("change resnet50 scale 0.5 --epoch 60 --reason 'still' --yes")

    shown = run("run resnet50 --width 70 --height 12 --charset ascii").out

    assert "epoch     6; sealed before 8\n" in shown
    assert "lr        0.05 (sealed)\n" in shown
    assert "* sealed  + planned" in shown
    assert "x0.5" in shown
    assert re.search(r"workers: 2\n  rank1  at epoch 5, 1 behind  silent for \d+ s\n  rank0  at epoch 6 ", shown)
    assert re.search(r"changes: 2\n  just now  127\.0\.0\.1  scale 0\.5 from epoch 60 on: .* \(still\)\n", shown)


def test_a_run_that_nobody_works_on_is_shown_too(served: Service) -> None:
    run("create other spec.json")

    shown = run("run other").out

    assert "workers: none has checked in\n" in shown
    assert "changes: none\n" in shown


def test_a_finished_run_says_so_and_refuses_new_epochs(served: Service) -> None:
    assert run("finish resnet50").out == "resnet50 is finished, sealed before epoch 8\n"
    assert run("finish resnet50 --json").json["state"] == "finished"
    assert "To train on, open a new attempt" in run("change resnet50 hold --reason x --yes").err


def test_a_run_that_there_is_not_is_told_of(served: Service) -> None:
    ended = run("run nobody")

    assert ended.code == 2
    assert ended.err.startswith("setpoint run: There is no run nobody")
    assert f"(at {served.url}; `setpoint runs` lists the runs there)" in ended.err


def test_a_service_that_is_not_there_is_a_failure_told_in_one_line(served: Service) -> None:
    served.stop()

    ended = run("runs")

    assert ended.code == 1
    assert ended.err.startswith(f"setpoint runs: {served.url} can't be reached: ")
    assert ended.err.endswith("See that it runs and that the address is right: --url, or SETPOINT_URL.\n")
    assert ended.err.count("\n") == 1


def test_the_flag_counts_before_the_environment(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETPOINT_URL", "http://127.0.0.1:1")

    assert run(f"runs --url {served.url}").code == 0
    assert run("runs --url nowhere").err.startswith("setpoint runs: 'nowhere' is not the address of a service")


def test_workers_that_check_in_are_seen(served: Service) -> None:
    check_in(served.url, "rank2", 3)

    assert [worker["worker"] for worker in run("run resnet50 --json").json["present"]] == ["rank0", "rank1", "rank2"]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-01T11:59:58Z", "just now"),
        ("2026-03-01T11:59:20Z", "40 s ago"),
        ("2026-03-01T11:50:00.123Z", "9 min ago"),
        ("2026-03-01T07:00:00Z", "5 h ago"),
        ("2026-02-01T12:00:00Z", "28 d ago"),
        ("some day", "some day"),
        ("2026-03-01T07:00:00", "2026-03-01T07:00:00"),
    ],
)
def test_how_long_ago_it_was_is_told_in_words(at: str, told: str) -> None:
    assert wording.ago(at, datetime(2026, 3, 1, 12, tzinfo=UTC)) == told


def test_what_a_later_service_tells_is_told_as_it_came() -> None:
    assert wording.event("new-thing", {}) == "new-thing"
    assert wording.change({"op": "wobble", "groups": ["head"]}) == "wobble on head"
    assert wording.schedule({"kind": "later", "initial_lr": 0.1, "parts": []}) == "later, initial_lr 0.1"
