"""Strict input: each way to be misunderstood, refused with a pointer to it."""

import json

import pytest

from tests.api.service import FLAT, STEP, Service, code, pointers

service = Service()


def body(**replaced: str) -> str:
    """A question about one epoch, with parts of its JSON replaced by other text."""
    parts = {"schedule": json.dumps(STEP), "epoch": "1", **replaced}
    return "{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}"


def spec(gamma: str) -> str:
    return json.dumps(STEP).replace("0.5", gamma)


# Numbers in a body


@pytest.mark.parametrize("gamma", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", '"0.1"', "true", "null", "[1]"])
def test_what_is_no_finite_number_is_refused_where_a_number_is_meant(gamma: str) -> None:
    answer = service.post_text("/v1/lr", body(schedule=spec(gamma)))

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-schedule", ["/schedule/gamma"])


def test_a_real_valued_field_accepts_a_whole_number() -> None:
    answer = service.post_text("/v1/lr", body(schedule=spec("1"), epoch="7"))

    assert answer.json() == {"epoch": 7, "lr": 0.1}


@pytest.mark.parametrize("epoch", ["1.0", "1e1", "true", '"1"', "-1", "9007199254740992", "1" * 400, "[]", "{}"])
def test_what_is_no_epoch_is_refused_where_an_epoch_is_meant(epoch: str) -> None:
    answer = service.post_text("/v1/lr", body(epoch=epoch))

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-request", ["/epoch"])


def test_an_epoch_of_a_list_is_refused_where_it_stands() -> None:
    answer = service.post("/v1/lr", {"schedule": STEP, "epochs": [0, 1.5, 2, True]})

    assert pointers(answer) == ["/epochs/1", "/epochs/3"]


def test_a_number_of_more_digits_than_are_read_is_refused() -> None:
    answer = service.post_text("/v1/lr", body(epoch="1" * 5000))

    assert (answer.status_code, code(answer)) == (422, "invalid-request")


@pytest.mark.parametrize("number", ["01", "+1", "1_0", ".5", "1.", "0x1", "1 0", "\u0661"])
def test_what_json_has_no_such_number_for_is_not_json(number: str) -> None:
    answer = service.post_text("/v1/lr", body(epoch=number))

    assert (answer.status_code, code(answer)) == (400, "invalid-json")


# The rest of a body


@pytest.mark.parametrize("text", ["", "{", "[1", "nope", "{'a':1}", '{"a":1}x', "\ufeff{}", '{"a":1,}'])
def test_what_is_not_json_is_refused(text: str) -> None:
    answer = service.post_text("/v1/lr", text)

    assert (answer.status_code, code(answer)) == (400, "invalid-json")
    assert "--json" in answer.json()["detail"]


@pytest.mark.parametrize("content", [b'{"a":"\xff"}', '{"a":1}'.encode("utf-16"), '{"a":1}'.encode("utf-32")])
def test_json_in_another_encoding_is_refused(content: bytes) -> None:
    assert code(service.post_text("/v1/lr", content)) == "invalid-json"


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (body()[:-1] + ',"epoch":1}', "/epoch"),
        (body(schedule=json.dumps(STEP)[:-1] + ',"gamma":0.5}'), "/schedule/gamma"),
        (body()[:-1] + ',"a/b~c":1,"a/b~c":1}', "/a~1b~0c"),
    ],
)
def test_a_name_that_stands_twice_is_refused(text: str, pointer: str) -> None:
    answer = service.post_text("/v1/lr", text)

    assert (answer.status_code, pointers(answer)) == (422, [pointer])
    assert answer.json()["errors"][0]["detail"] == "is given more than once"


def test_an_unknown_field_is_refused() -> None:
    answer = service.post("/v1/lr", {"schedule": {**STEP, "gama": 1}, "epoch": 1, "speed": 2})

    assert (code(answer), pointers(answer)) == ("invalid-request", ["/schedule/gama", "/speed"])


def test_a_missing_field_is_told() -> None:
    answer = service.post("/v1/lr", {"epoch": 1})

    assert answer.json()["errors"] == [{"pointer": "/schedule", "detail": "is required"}]


@pytest.mark.parametrize("text", ["[]", "1", '"step"', "null", "true"])
def test_a_body_that_is_no_object_is_refused(text: str) -> None:
    answer = service.post_text("/v1/lr", text)

    assert (answer.status_code, pointers(answer)) == (422, [""])


@pytest.mark.parametrize("kind", ['"\\ud800"', '"\\udfff\\ud800"', '"st\\u0000ep"'])
def test_a_lone_surrogate_and_a_nul_are_refused(kind: str) -> None:
    answer = service.post_text("/v1/lr", body(schedule=json.dumps(STEP).replace('"step"', kind)))

    assert (answer.status_code, pointers(answer)) == (422, ["/schedule/kind"])


def test_a_pair_of_surrogates_is_a_character() -> None:
    answer = service.post_text("/v1/lr", body(schedule=json.dumps(STEP).replace('"step"', '"\\ud83d\\ude00"')))

    assert "'😀' is unknown" in answer.json()["errors"][0]["detail"]


def test_a_name_with_a_nul_is_refused() -> None:
    assert service.post_text("/v1/lr", body()[:-1] + ',"a\\u0000":1}').status_code == 422


@pytest.mark.parametrize("depth", [17, 100, 100_000])
def test_what_is_nested_too_deep_is_refused(depth: int) -> None:
    answer = service.post_text("/v1/lr", '{"schedule":' + "[" * depth + "]" * depth + "}")

    assert answer.status_code == 422
    assert "nested deeper than 16" in answer.json()["errors"][0]["detail"]


def test_more_than_1000_objects_are_refused() -> None:
    answer = service.post("/v1/lr", {"schedule": {"kind": "product", "schedules": [STEP] * 1000}, "epoch": 1})

    assert answer.status_code == 422
    assert "1000 objects" in answer.json()["errors"][0]["detail"]


def test_a_reply_does_not_list_faults_without_end() -> None:
    answer = service.post("/v1/lr", {"schedule": STEP, "epochs": [-1] * 60_000})

    assert answer.status_code == 422
    assert len(answer.content) < 10_000


# The query


@pytest.mark.parametrize(
    "epoch", ["%2B1", "+1", "1_0", "1.0", "%201", "1%20", "1%0A", "", "01", "-1", "1e1", "%D9%A1", "true", "9" * 30]
)
def test_an_epoch_in_a_query_is_plain_digits(epoch: str) -> None:
    answer = service.get(f"/v1/lr?{FLAT}&epoch={epoch}")

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-request", ["/epoch"])


@pytest.mark.parametrize(
    "gamma", ["%2B1", "+1", "1_0", ".5", "", "NaN", "Infinity", "nan", "inf", "1e400", "0,1", "true"]
)
def test_a_number_in_a_query_is_as_json_writes_it(gamma: str) -> None:
    answer = service.get(f"/v1/lr?kind=step&initial_lr=0.1&step_size=5&gamma={gamma}&epoch=1")

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-schedule", ["/gamma"])


def test_an_epoch_that_is_missing_is_told() -> None:
    answer = service.get(f"/v1/lr?{FLAT}")

    assert answer.json()["errors"] == [{"pointer": "/epoch", "detail": "is required"}]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("epoch=1&speed=1", "/speed"),
        ("epoch=1&Epoch=1", "/Epoch"),
        ("epoch=1&epoch=1", "/epoch"),
        ("epoch=1&a~/b=", "/a~0~1b"),
    ],
)
def test_an_unknown_and_a_repeated_parameter_are_refused(query: str, pointer: str) -> None:
    answer = service.get(f"/v1/lr?{FLAT}&{query}")

    assert (answer.status_code, code(answer), pointers(answer)) == (400, "unknown-parameter", [pointer])


def test_a_parameter_of_another_kind_is_refused() -> None:
    answer = service.get(f"/v1/lr?{FLAT}&power=2&epoch=1")

    assert (answer.status_code, pointers(answer)) == (422, ["/power"])


@pytest.mark.parametrize(
    "query", ["epoch", "epoch=1&&kind=step", "epoch=%ff", "epoch=1%00", "&", "=1", "epoch=1" + "&a=" * 101]
)
def test_a_query_that_can_t_be_decoded_is_refused(query: str) -> None:
    answer = service.get(f"/v1/lr?{query}")

    assert (answer.status_code, code(answer)) == (400, "unknown-parameter")


def test_parameters_of_routes_without_any_are_refused_too() -> None:
    assert service.get("/livez?x=1").status_code == 400


def test_both_ways_to_write_a_schedule_at_once_are_refused() -> None:
    answer = service.ask("GET", "/v1/lr", params={"schedule": json.dumps(STEP), "gamma": "0.5", "epoch": "1"})

    assert (answer.status_code, code(answer), pointers(answer)) == (400, "unknown-parameter", ["/gamma"])


@pytest.mark.parametrize(
    ("text", "status", "found"),
    [
        ("{", 400, "invalid-json"),
        (json.dumps(STEP).replace("0.5", "NaN"), 422, "invalid-schedule"),
        (json.dumps(STEP).replace("0.5", "-1"), 422, "invalid-schedule"),
        (json.dumps(STEP)[:-1] + ',"gamma":1}', 422, "invalid-schedule"),
    ],
)
def test_json_in_a_query_is_read_as_strictly_as_a_body(text: str, status: int, found: str) -> None:
    answer = service.ask("GET", "/v1/lr", params={"schedule": text, "epoch": "1"})

    assert (answer.status_code, code(answer)) == (status, found)
    assert [fault["pointer"] for fault in answer.json().get("errors", [])] in ([], ["/schedule/gamma"])
