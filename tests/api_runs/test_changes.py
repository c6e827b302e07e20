"""Changing a run's plan: under a condition, once, with a receipt, or only in thought."""

import httpx
import pytest

from tests.api_runs.problem import Problem, problem
from tests.api_runs.process import STEP, Run


def test_a_change_takes_effect_at_the_frontier_and_says_what_it_does(run: Run) -> None:
    run.check_in("a", 0, lookahead=1)

    changed = run.change("scale", factor=0.5, epoch=0)

    receipt = changed.json()
    assert changed.status_code == 201
    assert receipt.pop("at").endswith("Z")
    assert receipt == {
        "change": 1,
        "op": "scale",
        "effective_epoch": 2,
        "lr_before": 0.1,
        "lr_after": 0.05,
        "groups_before": {},
        "groups_after": {},
        "plan_version": 2,
        "attempt": 1,
        "actor": "127.0.0.1",
        "reason": "a test",
        "request": {"op": "scale", "factor": 0.5, "epoch": 0, "exact": False, "reason": "a test"},
    }
    assert changed.headers["etag"] == run.get("/plan").headers["etag"]
    assert [run.get(f"/lr?epoch={epoch}").json()["lr"] for epoch in (0, 1, 2)] == [0.1, 0.1, 0.05]


@pytest.mark.parametrize("tags", ["{}", '"x", {}', '{} , "1-1-9"', '"a,b", {}', "*"])
def test_a_condition_that_names_the_plan_holds(tags: str, run: Run) -> None:
    etag = run.get("/plan").headers["etag"]

    assert run.change("hold", headers={"If-Match": tags.format(etag)}).status_code == 201


@pytest.mark.parametrize("tags", ["W/{}", '"1-1-9"', '"x"', "1-1-1", '"*"', '""', "{0}x{0}".replace("{0}", "")])
def test_a_condition_that_does_not_name_the_plan_strongly_fails(tags: str, run: Run) -> None:
    etag = run.get("/plan").headers["etag"]

    refused = run.change("hold", headers={"If-Match": tags.format(etag)})

    assert problem(refused) == Problem(412, "plan-changed")
    assert (refused.json()["attempt"], refused.json()["plan_version"]) == (1, 1)


def test_conditions_in_several_lines_are_one_list(run: Run) -> None:
    etag = run.get("/plan").headers["etag"]
    headers = [("If-Match", '"x"'), ("If-Match", etag)]
    body = {"op": "hold", "reason": "a test"}

    assert run.http.post(f"{run.at}/changes", json=body, headers=headers).status_code == 201


def test_a_change_without_a_condition_is_428(run: Run) -> None:
    assert problem(run.change("hold", headers={})) == Problem(428, "precondition-required")
    assert problem(run.attempt(0, headers={})) == Problem(428, "precondition-required")


def test_sealing_leaves_the_etag_as_it_is(run: Run) -> None:
    etag = run.get("/plan").headers["etag"]
    run.check_in("a", 0)

    assert run.change("hold", headers={"If-Match": etag}).status_code == 201
    assert problem(run.change("hold", headers={"If-Match": etag})) == Problem(412, "plan-changed")


def test_a_repeat_under_its_key_has_the_same_status_and_receipt_and_no_effect(run: Run) -> None:
    etag = run.get("/plan").headers["etag"]
    headers = {"If-Match": etag, "Idempotency-Key": "k1"}
    first = run.change("scale", headers=headers, factor=0.5)
    run.check_in("a", 0)
    run.change("scale", factor=0.5)
    run.attempt(0)

    again = run.change("scale", headers=headers, factor=0.5)

    assert (again.status_code, again.content) == (201, first.content)
    assert len(run.get("/changes").json()["changes"]) == 3


def test_the_ranks_of_one_relaunch_share_one_attempt(run: Run) -> None:
    run.check_in("a", 0)
    headers = {"If-Match": "*", "Idempotency-Key": "relaunch-1"}

    opened = [run.attempt(1, headers=headers) for _ in range(3)]

    assert [each.status_code for each in opened] == [201, 201, 201]
    assert {each.content for each in opened} == {opened[0].content}
    assert opened[0].json()["attempt"] == 2


def test_another_body_under_a_key_is_refused_and_the_spelling_makes_no_other(run: Run) -> None:
    headers = {"If-Match": "*", "Idempotency-Key": "k1"}
    run.change("scale", headers=headers, factor=1)

    assert run.change("scale", headers=headers, factor=1.0).status_code == 201
    assert problem(run.change("scale", headers=headers, factor=2)) == Problem(422, "key-reused")
    assert problem(run.attempt(0, headers=headers)) == Problem(422, "key-reused")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
def test_a_key_that_is_none_is_refused(key: str, run: Run) -> None:
    body = {"op": "hold", "reason": "a test"}
    headers = [(b"If-Match", b"*"), (b"Idempotency-Key", key.encode())]

    refused = run.http.post(f"{run.at}/changes", json=body, headers=headers)

    assert problem(refused) == Problem(422, "invalid-request", ["/Idempotency-Key"])


def test_a_dry_run_answers_alike_and_does_nothing_nor_keeps_its_key(run: Run) -> None:
    headers = {"If-Match": "*", "Idempotency-Key": "k1"}

    dry = run.change("scale", headers=headers, query="?dry_run=true", factor=0.5)

    assert (dry.status_code, "etag" in dry.headers) == (200, False)
    assert (dry.json()["lr_before"], dry.json()["lr_after"]) == (0.1, 0.05)
    assert (run.get().json()["plan_version"], run.get("/changes").json()["changes"]) == (1, [])
    assert run.change("set", headers=headers, lr=1).status_code == 201


def test_an_attempt_can_be_tried_in_thought_too(run: Run) -> None:
    run.check_in("a", 0)

    dry = run.http.post(f"{run.at}/attempts?dry_run=true", json={"from_epoch": 0}, headers={"If-Match": "*"})

    assert (dry.status_code, dry.json()["attempt"], run.get().json()["attempt"]) == (200, 2, 1)


@pytest.mark.parametrize("flag", ["yes", "1", "True", ""])
def test_a_dry_run_is_asked_for_as_true(flag: str, run: Run) -> None:
    assert problem(run.change("hold", query=f"?dry_run={flag}")) == Problem(422, "invalid-request", ["/dry_run"])


def test_changes_that_come_with_an_attempt_need_no_reason_of_their_own(run: Run) -> None:
    run.check_in("a", 0)

    assert run.attempt(0, changes=[{"op": "scale", "factor": 0.5}], reason="diverged").status_code == 201
    assert run.get("/lr?epoch=0").json()["lr"] == 0.05


def test_an_exact_epoch_that_is_sealed_is_refused(run: Run) -> None:
    run.check_in("a", 0)

    refused = run.change("set", lr=1, epoch=0, exact=True)

    assert (problem(refused), refused.json()["frontier"]) == (Problem(409, "already-sealed"), 1)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"op": "scal", "factor": 1, "reason": "x"}, ["/op"]),
        ({"factor": 1, "reason": "x"}, ["/op"]),
        ({"op": 5, "reason": "x"}, ["/op"]),
        ([1], [""]),
        ({"op": "scale", "factor": "0.4", "reason": "x", "bad": 1}, ["/factor", "/bad"]),
        ({"op": "scale", "factor": -1, "reason": "x"}, ["/factor"]),
        ({"op": "scale", "reason": "x"}, ["/factor"]),
        ({"op": "scale", "factor": 1}, ["/reason"]),
        ({"op": "scale", "factor": 1, "reason": " "}, ["/reason"]),
        ({"op": "hold", "reason": "x", "groups": ["neck"]}, ["/groups"]),
        ({"op": "hold", "reason": "x", "groups": []}, ["/groups"]),
        ({"op": "hold", "reason": "x", "exact": "yes"}, ["/exact"]),
        ({"op": "cancel", "reason": "x", "change": 7}, ["/change"]),
        ({"op": "extend", "reason": "x", "epochs": 5}, ["/op"]),
        ({"op": "hold", "reason": "\x00"}, ["/reason"]),
    ],
)
def test_a_change_that_can_not_be_is_pointed_at(body: object, pointers: list[str], run: Run) -> None:
    refused = run.http.post(f"{run.at}/changes", json=body, headers={"If-Match": "*"})

    assert problem(refused) == Problem(422, "invalid-request", pointers)


@pytest.mark.parametrize(
    ("schedule", "pointers"),
    [
        (STEP | {"initial_lr": -1}, ["/schedule/initial_lr"]),
        ({"kind": "step", "initial_lr": 1, "step_sze": 2}, ["/schedule/step_size", "/schedule/step_sze"]),
        ({"kind": "stair"}, ["/schedule/kind"]),
    ],
)
def test_a_replacement_that_is_no_schedule_is_pointed_at(
    schedule: dict[str, object], pointers: list[str], run: Run
) -> None:
    assert problem(run.change("replace", schedule=schedule)) == Problem(422, "invalid-schedule", pointers)


def test_a_change_beyond_the_bounds_is_refused(http: httpx.Client) -> None:
    run = Run(http, "bounded", bounds={"max_lr": 0.2, "max_ratio": 2})

    assert problem(run.change("set", lr=0.3)) == Problem(422, "out-of-bounds")
    assert problem(run.change("scale", factor=0.4)) == Problem(422, "out-of-bounds")
    assert run.change("scale", factor=0.5).status_code == 201


def test_the_log_tells_changes_and_attempts_oldest_first(run: Run) -> None:
    run.check_in("a", 0)
    receipt = run.change("scale", factor=0.5).json()
    run.attempt(0, keep="nothing", reason="diverged", checkpoint="s3://weights/3")

    first, second = run.get("/changes").json()["changes"]

    assert first == {"id": first["id"], "type": "change"} | receipt
    assert (second["type"], second["reason"], second["checkpoint"], second["dropped"]) == (
        "attempt", "diverged", "s3://weights/3", [1]
    )  # fmt: skip
    assert first["id"] < second["id"]


def test_a_worker_of_a_superseded_attempt_can_change_nothing_and_is_told_where_to_go(run: Run) -> None:
    run.check_in("a", 0)
    run.attempt(0)

    stale = run.check_in("a", 0)

    assert problem(stale) == Problem(409, "stale-attempt")
    assert (stale.json()["attempt"], stale.json()["from_epoch"]) == (2, 0)
    assert problem(run.http.put(f"{run.at}/lr?epoch=0")) == Problem(409, "stale-attempt")
    assert problem(run.metric("a", 0, 1)) == Problem(409, "stale-attempt")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"from_epoch": 9}, "/from_epoch"),
        ({"from_epoch": 0, "parent": 2}, "/parent"),
        ({"from_epoch": 0, "keep": "all"}, "/keep"),
        ({"from_epoch": 0, "changes": [{"op": "set", "lr": -1}]}, "/changes/0/lr"),
    ],
)
def test_an_attempt_that_can_not_be_is_pointed_at(body: dict[str, object], pointer: str, run: Run) -> None:
    refused = run.http.post(f"{run.at}/attempts", json=body, headers={"If-Match": "*"})

    assert problem(refused) == Problem(422, "invalid-request", [pointer])
