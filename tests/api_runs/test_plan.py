"""Plans and curves."""

import struct
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.api_runs.problem import Problem, problem
from tests.api_runs.process import STEP, Run

Create = Callable[..., Run]
COSINE = {"kind": "cosine", "initial_lr": 0.3, "epochs": 40}
WARM = {"kind": "warmup", "schedule": COSINE, "warmup_epochs": 5}


def lived_in(run: Run) -> Run:
    """A run with most that can happen to one, sealed to epoch 10, and in its second attempt."""
    for epoch in range(6):
        run.check_in("a", epoch)
    run.change("scale", factor=0.3)
    run.check_in("a", 6)
    run.change("hold", epoch=9)
    run.change("release", epoch=13)
    run.change("set", lr=0.017, epoch=20)
    run.change("scale", factor=1.7, epoch=22)
    run.check_in("a", 7)
    assert run.attempt(5, keep="values", changes=[{"op": "extend", "epochs": 7, "epoch": 14}]).status_code == 201
    for epoch in range(5, 10):
        assert run.check_in("a", epoch, attempt=2).status_code == 200
    return run


@pytest.mark.parametrize("schedule", [COSINE, WARM])
def test_the_plan_as_one_schedule_gives_the_very_same_bits(schedule: dict[str, Any], new: Create) -> None:
    run = lived_in(new(schedule=schedule))
    curve = run.get("/curve?stop=60").json()["lr"]

    baked = run.get("/plan?as=schedule").json()["schedule"]
    static = run.http.post("/v1/lr", json={"schedule": baked, "epochs": list(range(60))}).json()["lr"]

    assert struct.pack("<60d", *static) == struct.pack("<60d", *curve)
    assert [run.get(f"/lr?epoch={epoch}").json()["lr"] for epoch in (4, 8, 11, 21, 50)] == [
        static[epoch] for epoch in (4, 8, 11, 21, 50)
    ]


def test_a_run_too_long_to_be_a_table_is_not_bakeable(http: httpx.Client) -> None:
    run = Run(http, "long", schedule={"kind": "cosine", "initial_lr": 1, "epochs": 10**6}, max_lookahead=32767)
    for epoch in (0, 32768, 65536):
        assert run.check_in("a", epoch, lookahead=32767).status_code == 200

    assert problem(run.get("/plan?as=schedule")) == Problem(422, "not-bakeable")
    assert len(run.get("/curve?points=50").json()["lr"]) <= 60


def test_a_plan_tells_its_segments_and_the_changes_they_came_from(run: Run) -> None:
    run.change("set", lr=1, epoch=4)

    plan = run.get("/plan").json()

    assert plan["segments"] == [
        {"start": 0, "schedule": STEP},
        {"start": 4, "schedule": {"kind": "constant", "initial_lr": 1.0}},
    ]
    assert plan["changes"] == [{"change": 1, "op": "set", "label": "set 1", "epoch": 4, "reason": "a test"}]
    assert problem(run.get("/plan?as=table")) == Problem(422, "invalid-request", ["/as"])


def test_a_curve_keeps_its_breakpoints_and_changes_whatever_the_number_of_points(new: Create) -> None:
    run = new(schedule={"kind": "cosine", "initial_lr": 1, "epochs": 1000})
    run.check_in("a", 0)
    run.change("scale", factor=0.5, epoch=333)
    run.change("hold", epoch=700)

    epochs = run.get("/curve?points=8").json()["epochs"]

    assert {0, 1, 332, 333, 699} <= set(epochs)
    assert len(epochs) < 20


@pytest.mark.parametrize(
    ("wanted", "start"),
    [
        ("json", b'{"run":'),
        ("csv", b"epoch,lr\n0,0.1\n1,0.1\n"),
        ("ndjson", b'{"epoch":0,"lr":0.1}\n'),
        ("raw", struct.pack("<dd", 0.1, 0.1)),
        ("svg", b"<svg "),
        ("png", b"\x89PNG\r\n"),
    ],
)
def test_a_curve_comes_in_every_format(wanted: str, start: bytes, run: Run) -> None:
    run.check_in("a", 0)

    by_name = run.get(f"/curve?format={wanted}")
    by_type = run.get("/curve", accept=by_name.headers["content-type"].partition(";")[0])

    assert by_name.content.startswith(start)
    assert by_type.content == by_name.content
    assert by_name.headers["cache-control"] == "no-store"


def test_the_groups_of_a_run_stand_in_its_curve(new: Create) -> None:
    run = new(groups={"head": {"kind": "constant", "initial_lr": 1}})

    assert run.get("/curve?stop=2").json()["groups"] == {"head": [1.0, 1.0]}
    assert run.get("/curve?stop=2&format=csv").text == "epoch,lr,head\n0,0.1,1.0\n1,0.1,1.0\n"


def test_the_curve_of_an_earlier_attempt_is_still_there(run: Run) -> None:
    for epoch in range(3):
        run.check_in("a", epoch)
    run.attempt(1, changes=[{"op": "scale", "factor": 0.1}])

    assert run.get("/curve?attempt=1&stop=3").json()["lr"] == [0.1, 0.1, 0.1]
    assert run.get("/curve?stop=3").json()["lr"] == [0.1, 0.010000000000000002, 0.010000000000000002]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("start=5&stop=5", "/start"),
        ("points=3", "/points"),
        ("format=gif", "/format"),
        ("attempt=2", "/attempt"),
        ("stop=1e3", "/stop"),
        ("stop=200000000", "/stop"),
    ],
)
def test_a_curve_that_can_not_be_drawn_is_pointed_at(query: str, pointer: str, run: Run) -> None:
    assert problem(run.get(f"/curve?{query}")) == Problem(422, "invalid-request", [pointer])


def test_a_curve_tells_the_metrics_as_the_policy_puts_them_together(new: Create) -> None:
    run = new(plateau={"reports": 2, "aggregate": "max"}, max_lookahead=10)
    run.check_in("a", 0, lookahead=10)
    for epoch, values in enumerate([(0.9, 0.7), (0.5, "NaN"), (0.3, 0.4)]):
        for worker, value in zip("ab", values, strict=True):
            run.check_in(worker, epoch)
            assert run.metric(worker, epoch, value).status_code == 200

    assert run.get("/curve").json()["metrics"] == {"epochs": [0, 1, 2], "values": [0.9, "NaN", 0.4]}
    assert run.get("/curve?start=1&stop=2").json()["metrics"] == {"epochs": [1], "values": ["NaN"]}


def test_of_many_metrics_as_many_are_told_as_epochs_are_shown(new: Create) -> None:
    run = new(schedule={"kind": "cosine", "initial_lr": 1, "epochs": 1000}, max_lookahead=200)
    run.check_in("a", 0, lookahead=200)
    for epoch in range(200):
        assert run.metric("a", epoch, epoch).status_code == 200

    curve = run.get("/curve?points=50").json()

    assert curve["metrics"]["epochs"][0] == 0
    assert curve["metrics"]["epochs"][-1] == 199
    assert len(curve["metrics"]["epochs"]) == len(curve["epochs"]) < 60


def test_a_curve_of_a_run_that_nobody_measured_has_no_metrics(run: Run) -> None:
    curve = run.get("/curve").json()

    assert "metrics" not in curve
    assert (curve["kind"], curve["end"]) == ("step", None)


def texts(picture: str) -> list[str]:
    """What is written in an SVG document, in order."""
    return [each.text or "" for each in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_of_a_run_has_its_groups_and_what_was_done_to_it(new: Create) -> None:
    run = new(schedule=COSINE, groups={"head": COSINE}, plateau={"patience": 0, "factor": 0.5})
    for epoch, value in enumerate([0.9, 0.95]):
        run.check_in("a", epoch)
        assert run.metric("a", epoch, value).status_code == 200
    run.change("scale", factor=0.3, epoch=20)
    run.change("extend", epochs=5, epoch=30)

    written = texts(run.get("/curve?format=svg").text)

    assert {"lr", "head", "×0.5", "×0.3", "extend 5", "now"} <= set(written)
    assert not {"sealed", "planned"} & set(written)


def test_the_picture_of_a_run_without_groups_tells_sealed_from_planned(run: Run) -> None:
    run.check_in("a", 0)

    assert {"sealed", "planned"} <= set(texts(run.get("/curve?format=svg").text))
