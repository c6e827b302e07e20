"""Check-ins: progress, sealing, grants, and those who come late or too early."""

from collections.abc import Callable

import pytest

from tests.api_runs.problem import Problem, problem
from tests.api_runs.process import STEP, Run

Create = Callable[..., Run]


def test_a_check_in_is_granted_its_epoch_and_one_window(new: Create) -> None:
    run = new(
        groups={"head": {"kind": "constant", "initial_lr": 1}}, hyperparameters={"momentum": 0.9}, max_lookahead=2
    )

    granted = run.check_in("a", 0, lookahead=7).json()

    grant = granted.pop("grant")
    assert granted == {
        "run": run.at.removeprefix("/v1/runs/"),
        "worker": "a",
        "attempt": 1,
        "epoch": 0,
        "lr": 0.1,
        "groups": {"head": 1.0},
        "hyperparameters": {"momentum": 0.9},
        "sealed": True,
        "position": 0,
        "frontier": 3,
        "plan_version": 1,
        "state": "running",
    }
    assert len(grant.pop("digest")) == 32
    assert grant == {
        "start": 0,
        "stop": 3,
        "lr": [0.1, 0.1, 0.1],
        "groups": {"head": [1.0, 1.0, 1.0]},
        "hyperparameters": {"momentum": [0.9, 0.9, 0.9]},
        "incarnation": 1,
    }


def test_the_same_check_in_again_is_granted_the_same(run: Run) -> None:
    first = run.check_in("a", 0, lookahead=1).json()
    run.check_in("b", 1, lookahead=1)
    run.change("scale", factor=0.5)

    assert run.check_in("a", 0, lookahead=1).json()["grant"] == first["grant"]


def test_nobody_seals_the_future(run: Run) -> None:
    refused = run.check_in("a", 2)

    assert problem(refused) == Problem(409, "epoch-too-far")
    assert (refused.json()["frontier"], refused.json()["max_lookahead"]) == (0, 1)


def test_epochs_before_the_start_of_a_run_are_told_so(new: Create) -> None:
    run = new(start_epoch=6)

    assert run.get("/lr").json()["lr"] == 0.05
    assert problem(run.check_in("a", 4)) == Problem(422, "before-start", ["/epoch"])
    assert problem(run.get("/lr?epoch=4")) == Problem(422, "before-start", ["/epoch"])
    assert problem(run.get("/curve?start=4")) == Problem(422, "invalid-request", ["/start"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"epoch":1.0}', "/epoch"),
        ('{"epoch":"1"}', "/epoch"),
        ('{"epoch":true}', "/epoch"),
        ("{}", "/epoch"),
        ('{"epoch":-1}', "/epoch"),
        ('{"epoch":9007199254740992}', "/epoch"),
        ('{"epoch":1e2}', "/epoch"),
        ('{"epoch":0,"epoch":1}', "/epoch"),
        ('{"epoch":0,"more":1}', "/more"),
        ('{"epoch":0,"lookahead":-1}', "/lookahead"),
        ('{"epoch":0,"attempt":0}', "/attempt"),
        ('{"epoch":0,"attempt":2}', "/attempt"),
        ('{"epoch":null}', "/epoch"),
        ('{"epoch":0,"held":{"start":0}}', "/held/stop"),
        ("[]", ""),
        ("0", ""),
        ('{"epoch":0,"unsealed":{"start":0,"lr":[-1]}}', "/unsealed/lr/0"),
    ],
)
def test_a_check_in_that_is_none_is_refused_with_a_pointer(body: str, pointer: str, run: Run) -> None:
    refused = run.http.put(f"{run.at}/workers/a", content=body, headers={"Content-Type": "application/json"})

    assert refused.status_code == 422
    assert problem(refused).pointers[0] == pointer


@pytest.mark.parametrize(
    ("body", "status"), [(b'{"epoch":0', 400), (b"", 400), (b"\xff", 400), (b"\xef\xbb\xbf{}", 400)]
)
def test_a_check_in_that_is_no_json_is_400(body: bytes, status: int, run: Run) -> None:
    headers = {"Content-Type": "application/json"}

    assert run.http.put(f"{run.at}/workers/a", content=body, headers=headers).status_code == status


def test_a_check_in_of_a_form_says_what_to_do(run: Run) -> None:
    refused = run.http.put(f"{run.at}/workers/a", data={"epoch": "1"})

    assert problem(refused) == Problem(415, "not-json")
    assert "--json" in refused.json()["detail"]


def test_who_holds_what_is_not_sealed_here_is_told_that_histories_diverged(run: Run) -> None:
    grant = run.check_in("a", 0).json()["grant"]
    held = {name: grant[name] for name in ("start", "stop", "digest", "incarnation")}

    assert run.check_in("a", 1, held=held).status_code == 200
    assert problem(run.check_in("a", 1, held=held | {"digest": "0" * 32})) == Problem(409, "history-diverged")


def test_what_a_worker_used_past_its_grant_is_recorded_where_it_differs(run: Run) -> None:
    run.check_in("a", 0)

    back = run.check_in("a", 3, unsealed={"start": 1, "lr": [0.1, 0.2]})

    assert (back.status_code, back.json()["frontier"]) == (200, 4)
    assert run.get("/lr?epoch=2").json()["lr"] == 0.1


def test_slowest_progress_bounds_how_far_workers_drift_apart(new: Create) -> None:
    run = new(progress="slowest", workers=2)
    assert run.check_in("a", 0).json()["position"] == 0
    assert run.check_in("a", 1).json()["position"] == 0

    assert problem(run.check_in("a", 2)) == Problem(409, "epoch-too-far")

    assert run.check_in("b", 1).json()["position"] == 1
    assert run.check_in("a", 2).status_code == 200


def test_workers_are_listed_until_they_leave(run: Run) -> None:
    run.check_in("b", 0)
    run.check_in("a", 1)

    workers = run.get("/workers").json()["workers"]
    assert [(each["worker"], each["epoch"], each["lag"], each["gone"]) for each in workers] == [
        ("a", 1, 0, False),
        ("b", 0, 1, False),
    ]
    assert [run.http.delete(f"{run.at}/workers/b").status_code for _ in range(2)] == [204, 204]
    assert [each["worker"] for each in run.get("/workers").json()["workers"]] == ["a"]


PLATEAU = {"variant": "torch", "patience": 0, "factor": 0.5, "threshold": 0.0}
CONSTANT = {"kind": "constant", "initial_lr": 1}


def test_a_plateau_lowers_the_rate_of_all_workers(new: Create) -> None:
    run = new(schedule=CONSTANT, plateau=PLATEAU)
    for epoch, value in enumerate([1.0, 1.0, "NaN"]):
        run.check_in("a", epoch)
        run.metric("a", epoch, value)

    assert run.check_in("b", 3).json()["lr"] == 0.25


def test_an_epoch_that_awaits_a_metric_is_told_so_or_waited_for(new: Create) -> None:
    run = new(schedule=CONSTANT, plateau=PLATEAU | {"wait": True})
    run.check_in("a", 0)

    awaited = run.check_in("a", 1)
    still = run.http.put(f"{run.at}/workers/a?wait=0.05", json={"epoch": 1})
    run.metric("a", 0, 1.0)

    assert (problem(awaited), awaited.json()["epoch"]) == (Problem(409, "metric-awaited"), 0)
    assert problem(still) == Problem(409, "metric-awaited")
    assert run.http.put(f"{run.at}/workers/a?wait=5", json={"epoch": 1}).status_code == 200


def test_sealing_without_a_worker_may_wait_for_a_metric_too(new: Create) -> None:
    run = new(schedule=CONSTANT, plateau=PLATEAU | {"wait": True})
    run.http.put(f"{run.at}/lr?epoch=0")

    still = run.http.put(f"{run.at}/lr?epoch=1&wait=0.05")
    run.metric("a", 0, 1.0)

    assert (problem(still), still.json()["epoch"]) == (Problem(409, "metric-awaited"), 0)
    assert run.http.put(f"{run.at}/lr?epoch=1&wait=5").json()["sealed"] is True


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", 0, -1.5, 1e308])
def test_a_metric_may_be_any_float(value: object, run: Run) -> None:
    run.check_in("a", 0)
    answers = [run.metric("a", 0, value).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert answers[0]["value"] == value


@pytest.mark.parametrize("value", ["0.1", "nan", True, None, [1], 10**400])
def test_a_metric_that_is_no_number_is_pointed_at(value: object, run: Run) -> None:
    assert problem(run.metric("a", 3, value)) == Problem(422, "invalid-request", ["/value"])


def test_a_metric_of_an_epoch_that_is_not_sealed_is_409(run: Run) -> None:
    run.check_in("a", 0)

    refused = run.metric("a", 1_000_000_000, 1.0)

    assert problem(refused) == Problem(409, "not-sealed")
    assert refused.json()["frontier"] == 1


def test_another_value_for_a_metric_is_409(run: Run) -> None:
    run.check_in("a", 0)
    run.metric("a", 0, 1.0)

    refused = run.metric("a", 0, 2.0)

    assert problem(refused) == Problem(409, "metric-differs")
    assert refused.json()["detail"].startswith("Worker a reported 1.0")


@pytest.mark.parametrize("epoch", ["+5", "1_0", "1.0", "-1", "9007199254740992"])
def test_the_epoch_of_a_metric_is_plain_digits(epoch: str, run: Run) -> None:
    refused = run.http.put(f"{run.at}/workers/a/metrics/{epoch}", json={"value": 1})

    assert problem(refused) == Problem(422, "invalid-request", ["/epoch"])


BODIES = [
    '{"epoch":0}', '{"epoch": 0, "attempt": 1, "lookahead": 1}', ' {"epoch": 0 }', '{"epoch":0,"attempt":1}',
    '{"epoch":1,"lookahead":1}', '{"lookahead":9,"epoch":0}', '{"epoch":0,"attempt":null}', '{"epoch":-0}',
    '{"epoch":0.0}', '{"epoch":00}',
    '{"epoch":0,}', '{"epoch":0}{}', '{"epoch":0,"epoch":0}', '{"\\u0065poch":0}', '{"epoch":false}',
    '{"epoch":5}', '{"epoch":0,"held":null}', '{"epoch":0,"lookahead":0.0}', '{"epoch":99999999999999999999}',
    '{"epoch":0,"attempt":2}', '{"epoch":0,"attempt":0}', '{"epoch":0,"x":NaN}', '{"epoch":NaN}', "null", '"epoch"',
    '{"epoch":[0]}', '{"epoch":0,"attempt":1,"lookahead":0}', '{"epoch":0,"attempt":1,"attempt":1}',
    '{"epoch":0,"held":{"start":0,"stop":1,"digest":"00000000000000000000000000000000","incarnation":1}}',
    '{"epoch":0,"held":{"start":1,"stop":1,"digest":"00000000000000000000000000000000","incarnation":1}}',
    '{"epoch":0,"held":{"start":0,"stop":1,"digest":"0","incarnation":1}}', '{"epoch":999999999999999}',
]  # fmt: skip
"""Some are answered at the door, some are nearly like those that are."""


@pytest.mark.parametrize("body", BODIES)
def test_the_door_answers_a_check_in_as_the_documented_route_does(body: str, new: Create) -> None:
    at_the_door, by_route = new(schedule=STEP), new(schedule=STEP)

    def told(run: Run, content: str) -> tuple[int, str, dict[str, str]]:
        headers = {"Content-Type": "application/json"}
        answer = run.http.put(f"{run.at}/workers/a", content=content, headers=headers)
        said = answer.text.replace(run.at.removeprefix("/v1/runs/"), "RUN")
        return answer.status_code, said, {**answer.headers, "date": "", "x-request-id": ""}

    # Space at the end means nothing, but the door leaves it to the route.
    assert told(at_the_door, body) == told(by_route, body + " ")
