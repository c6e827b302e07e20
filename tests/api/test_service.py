"""The service about itself, kinds, imports, exports and simulations."""

import json
import re
from pathlib import Path

import pytest

from setpoint import __version__
from setpoint.api import app, negotiate, openapi
from setpoint.errors import NotAcceptable
from setpoint.schedules.kinds import KINDS
from tests.api.service import STEP, Service, code, pointers, serving

service = Service()
DOCUMENT = Path(__file__).parents[2] / "openapi" / "openapi.json"


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_it_is_well(address: str) -> None:
    answer = service.get(address)

    assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {"status": "ok"}, "no-store")


def test_it_says_what_it_is() -> None:
    info = service.get("/v1/info").json()

    assert (info["name"], info["version"]) == ("setpoint", __version__)


def test_it_has_a_front_page() -> None:
    answer = service.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


# Documentation


def test_the_documentation_asks_nothing_of_another_host() -> None:
    page = service.get("/docs")

    asked = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(asked) == 4
    assert [address for address in asked if service.get(address).status_code != 200] == []
    assert "://" not in page.text + service.get("/docs/start.js").text
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert re.findall(r"<script(?! src=)", page.text) == []


def test_the_document_in_the_repository_is_what_is_served() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == openapi.text(app.documented())
    assert json.loads(DOCUMENT.read_bytes()) == service.get("/openapi.json").json()


def test_the_document_describes_every_operation() -> None:
    document = service.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"].endswith("."), where
            assert "Validation" not in json.dumps(operation), where
            assert "application/problem+json" in operation["responses"]["default"]["content"], where
            names = [(parameter["name"], parameter["in"]) for parameter in operation.get("parameters", [])]
            assert len(names) == len(set(names)), where
            assert "null" not in json.dumps(operation.get("parameters", [])), where


def test_limits_of_numbers_are_worded_as_json_schema_does() -> None:
    document = service.get("/openapi.json").json()

    (limit,) = (each for each in document["paths"]["/v1/runs"]["get"]["parameters"] if each["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 1000)
    assert not re.search(r'"(le|lt|ge|gt)":', DOCUMENT.read_text(encoding="utf-8"))


def test_an_operation_id_stands_for_one_operation() -> None:
    paths = service.get("/openapi.json").json()["paths"]
    ids = [operation["operationId"] for operations in paths.values() for operation in operations.values()]

    assert len(ids) == len(set(ids)) > 10


def test_examples_of_bodies_are_answered() -> None:
    document = service.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        if path.startswith("/v1/runs") or "requestBody" not in operations.get("post", {}):
            continue
        if operations["post"]["tags"] == ["access"]:  # it means something only where tokens are asked for
            continue
        schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        for example in document["components"]["schemas"][name]["examples"]:
            assert service.post(path, example).status_code == 200, path


# Kinds


def test_every_kind_is_told_with_enough_for_a_form() -> None:
    answer = service.get("/v1/kinds")

    told = {kind["kind"]: kind for kind in answer.json()["kinds"]}
    assert told.keys() == KINDS.keys()
    step = told["step"]
    assert step["formula"] == "initial_lr * gamma ** floor(e / step_size)"
    assert step["summary"] == "Multiply by `gamma` every `step_size` epochs."
    assert step["names"]["torch"] == "StepLR"
    assert step["flat"] is True
    assert step["parameters"]["required"] == ["initial_lr", "step_size"]
    assert step["parameters"]["properties"]["gamma"] == {
        "default": 0.1,
        "description": "What each drop multiplies the learning rate by.",
        "minimum": 0,
        "title": "Gamma",
        "type": "number",
    }
    assert told["warmup"]["flat"] is False


def test_every_example_of_a_kind_is_answered() -> None:
    for kind in service.get("/v1/kinds").json()["kinds"]:
        answer = service.post("/v1/lr", {"schedule": kind["example"], "epoch": 3})

        assert answer.status_code == 200, kind["kind"]


def test_references_among_kinds_lead_somewhere() -> None:
    answer = service.get("/v1/kinds")

    led = set(re.findall(r'"#/\$defs/(\w+)"', answer.text))
    assert led
    assert led <= answer.json()["$defs"].keys()


def test_kinds_are_kept_by_caches() -> None:
    etag = service.get("/v1/kinds").headers["etag"]

    assert service.get("/v1/kinds", if_none_match=etag).status_code == 304


# What they are elsewhere


def test_a_scheduler_of_a_framework_is_a_schedule_here() -> None:
    question = {"library": "torch", "scheduler": "StepLR", "arguments": {"step_size": 5}, "initial_lr": 0.1}

    answer = service.post("/v1/imports", question)

    assert answer.json() == {"schedule": {**STEP, "gamma": 0.1}, "groups": {}, "plateau": None, "notes": []}


def test_further_parameter_groups_are_further_schedules() -> None:
    question = {"library": "torch", "scheduler": "StepLR", "arguments": {"step_size": 5}, "initial_lr": [0.1, 0.2]}

    assert service.post("/v1/imports", question).json()["groups"]["1"]["initial_lr"] == 0.2


def test_what_only_code_can_say_is_refused_with_the_reason() -> None:
    question = {"library": "torch", "scheduler": "LambdaLR", "arguments": {"lr_lambda": "f"}, "initial_lr": 0.1}

    answer = service.post("/v1/imports", question)

    assert (answer.status_code, code(answer)) == (422, "not-convertible")
    assert "table" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"library": "lisp"}, "/library"),
        ({"scheduler": "Stairs"}, "/scheduler"),
        ({"arguments": {"step_size": 5, "speed": 1}}, "/arguments/speed"),
        ({"initial_lr": "0.1"}, "/initial_lr"),
        ({"initial_lr": -1}, "/initial_lr"),
        ({"arguments": []}, "/arguments"),
    ],
)
def test_a_fault_in_an_import_is_pointed_at(changed: dict[str, object], pointer: str) -> None:
    question = {"library": "torch", "scheduler": "StepLR", "arguments": {"step_size": 5}, "initial_lr": 0.1, **changed}

    answer = service.post("/v1/imports", question)

    assert answer.status_code == 422
    assert {found[: len(pointer)] for found in pointers(answer)} == {pointer}


def test_a_schedule_becomes_code() -> None:
    answer = service.post("/v1/exports", {"schedule": STEP, "library": "torch"}).json()

    compile(answer["code"], "exported", "exec")
    assert "StepLR" in answer["code"]


def test_code_for_an_unknown_library_is_refused() -> None:
    answer = service.post("/v1/exports", {"schedule": STEP, "library": "lisp"})

    assert (answer.status_code, pointers(answer)) == (422, ["/library"])


# Policies


def simulation(**changed: object) -> dict[str, object]:
    constant = {"kind": "constant", "initial_lr": 0.5}
    return {"schedule": constant, "plateau": {"patience": 1, "factor": 0.5}, "metrics": [1, 1, 1], **changed}


def test_a_policy_lowers_what_does_not_get_better() -> None:
    assert service.post("/v1/simulations", simulation()).json() == {"lr": [0.5, 0.5, 0.5, 0.25]}


@pytest.mark.parametrize("metric", ["NaN", "Infinity"])
def test_a_metric_may_be_none(metric: str) -> None:
    answer = service.post("/v1/simulations", simulation(metrics=[metric, metric, metric]))

    assert answer.json()["lr"][-1] == 0.25


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"metrics": [1, "nan"]}, "/metrics/1"),
        ({"metrics": [1, True]}, "/metrics/1"),
        ({"metrics": [1, "1"]}, "/metrics/1"),
        ({"metrics": [1, None]}, "/metrics/1"),
        ({"plateau": {"variant": "x"}}, "/plateau"),
        ({"plateau": {"variant": "greedy"}, "schedule": STEP, "metrics": [1] * 9}, "/schedule"),
    ],
)
def test_a_fault_in_a_simulation_is_pointed_at(changed: dict[str, object], pointer: str) -> None:
    answer = service.post("/v1/simulations", simulation(**changed))

    assert answer.status_code == 422
    assert {found[: len(pointer)] for found in pointers(answer)} == {pointer}


# Formats


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
        ("text/csv, application/json", "application/json"),
        ("*/*, application/json;q=0", "text/csv"),
        ("*/*;q=0.1, text/csv;q=0.2", "text/csv"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("text/csv; charset=utf-8", "text/csv"),
    ],
)
def test_the_best_liked_format_is_chosen(accept: str | None, chosen: str) -> None:
    assert negotiate.choose(accept, ["application/json", "text/csv"]) == chosen


@pytest.mark.parametrize("accept", ["text/html", "text/csv;q=0", "nonsense", "text/csv;q=high", "*/*;q=0", ", ;"])
def test_where_no_format_is_liked_none_is_chosen(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate.choose(accept, ["application/json", "text/csv"])


# As it is served


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_every_get_has_a_head(http: str) -> None:
    import httpx

    addresses = [
        "/livez",
        "/v1/info",
        "/v1/kinds",
        "/docs",
        "/docs/files/favicon.png",
        "/openapi.json",
        "/",
        "/nowhere",
    ]
    with serving(http=http) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:  # type: ignore[arg-type]  # one of uvicorn's two
        for address in addresses:
            got, head = client.get(address), client.head(address)

            assert (head.status_code, head.content) == (got.status_code, b""), address
            assert head.headers.get("content-length") == got.headers.get("content-length"), address
