"""One learning rate: GET and POST /v1/lr."""

import struct

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.api import replies
from setpoint.api.known import Answers
from setpoint.schedules.kinds import KINDS, parse
from tests.api.service import FLAT, STEP, Service, code, pointers

service = Service()


def test_the_seed_example() -> None:
    answer = service.get(f"/v1/lr?{FLAT}&epoch=12")

    assert (answer.status_code, answer.json()) == (200, {"epoch": 12, "lr": 0.025})


def test_text_is_the_bare_number() -> None:
    answer = service.get(f"/v1/lr?{FLAT}&epoch=12", accept="text/plain")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "0.025\n"


def test_a_schedule_with_members_is_asked_for_as_json() -> None:
    spec = '{"kind":"scale","factor":0.5,"schedule":{"kind":"constant","initial_lr":0.5}}'

    answer = service.ask("GET", "/v1/lr", params={"schedule": spec, "epoch": "3"})

    assert answer.json() == {"epoch": 3, "lr": 0.25}


def test_lists_are_written_with_commas() -> None:
    answer = service.get("/v1/lr?kind=multistep&initial_lr=1&milestones=30,80&gamma=0.5&epoch=80")

    assert answer.json()["lr"] == 0.25


def test_post_asks_for_one_epoch() -> None:
    assert service.post("/v1/lr", {"schedule": STEP, "epoch": 12}).json() == {"epoch": 12, "lr": 0.025}


def test_post_asks_for_many_in_any_order_and_as_often_as_wanted() -> None:
    answer = service.post("/v1/lr", {"schedule": STEP, "epochs": [13, 0, 1_000_000, 13]})

    assert answer.json() == {"epochs": [13, 0, 1000000, 13], "lr": [0.025, 0.1, 0.0, 0.025]}


def test_no_epochs_have_no_learning_rates() -> None:
    assert service.post("/v1/lr", {"schedule": STEP, "epochs": []}).json() == {"epochs": [], "lr": []}


def test_more_epochs_than_a_reply_has_are_refused() -> None:
    answer = service.post("/v1/lr", {"schedule": STEP, "epochs": [0] * 65_537})

    assert (answer.status_code, pointers(answer)) == (422, ["/epochs"])


@pytest.mark.parametrize("asked", [{}, {"epoch": 1, "epochs": [1]}])
def test_an_epoch_and_epochs_exclude_each_other(asked: dict[str, object]) -> None:
    answer = service.post("/v1/lr", {"schedule": STEP, **asked})

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-request", ["/epoch"])


def test_one_value_and_many_agree_to_the_bit_for_every_kind() -> None:
    for kind in KINDS.values():
        epochs = [0, 1, 7, 29, 30, 31, 99, 100, 12345, 10**8]
        many = service.post("/v1/lr", {"schedule": kind.example, "epochs": epochs}).json()["lr"]

        assert [struct.pack("<d", lr) for lr in many] == [struct.pack("<d", parse(kind.example).lr(e)) for e in epochs]


def test_a_fault_in_the_schedule_of_a_post_is_pointed_at_from_the_body() -> None:
    answer = service.post("/v1/lr", {"schedule": {**STEP, "gamma": -1}, "epoch": 1})

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-schedule", ["/schedule/gamma"])


def test_a_fault_in_flat_parameters_is_pointed_at_by_name() -> None:
    answer = service.get("/v1/lr?kind=step&initial_lr=0.1&step_size=5&gamma=-1&epoch=1")

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-schedule", ["/gamma"])


def test_a_schedule_that_overflows_is_refused_before_it_is_read_there() -> None:
    answer = service.get("/v1/lr?kind=step&initial_lr=1&step_size=1&gamma=10&epoch=0")

    assert (answer.status_code, pointers(answer)) == (422, ["/gamma"])
    assert "epoch 309" in answer.json()["errors"][0]["detail"]


def test_a_value_past_the_horizon_that_is_none_is_refused_when_it_is_asked_for() -> None:
    grows = "kind=exponential&initial_lr=1&gamma=1.0000001"

    assert service.get(f"/v1/lr?{grows}&epoch=1000000000").status_code == 200
    assert code(service.get(f"/v1/lr?{grows}&epoch=9007199254740991")) == "invalid-schedule"


# Asked again


def known(one: Service, address: str) -> tuple[httpx.Response, httpx.Response]:
    return one.get(address, x_request_id="one"), one.get(address, x_request_id="one")


def test_the_second_answer_is_given_at_the_door_and_is_the_first_byte_for_byte() -> None:
    own = Service()
    first, second = known(own, f"/v1/lr?{FLAT}&epoch=12")

    asked: list[str] = []

    async def nobody(scope: object, receive: object, send: object) -> None:
        asked.append("the routes")

    own.app.app = nobody  # type: ignore[attr-defined]  # the door stands; behind it there is nothing any more
    third = own.get(f"/v1/lr?{FLAT}&epoch=12", x_request_id="one")

    assert asked == []
    assert first.headers.raw == second.headers.raw == third.headers.raw
    assert first.content == second.content == third.content


flats = st.one_of(
    st.builds(
        "kind=step&initial_lr={}&step_size={}&gamma={}".format,
        st.floats(0, 10).map(repr),
        st.integers(1, 50),
        st.sampled_from(["0.1", "1", "0", "-1", "+1", "2", "1e-3", "NaN", "x"]),
    ),
    st.builds("kind=cosine&initial_lr={}&epochs={}".format, st.floats(0, 1), st.integers(0, 30)),
    st.builds("kind=constant&initial_lr={}&gamma=1".format, st.floats(0, 1)),
)


@given(flat=flats, epoch=st.sampled_from(["0", "1", "12", "012", "-0", "1.0", "+3", "", "9" * 15, "9" * 20]))
def test_the_door_and_the_route_never_differ(flat: str, epoch: str) -> None:
    own = Service()
    first, second = known(own, f"/v1/lr?{flat}&epoch={epoch}")

    assert (first.status_code, first.content, first.headers.raw) == (
        second.status_code,
        second.content,
        second.headers.raw,
    )


@pytest.mark.parametrize("accept", ["text/plain", "text/plain, application/json;q=0.5", "image/png"])
def test_a_known_answer_is_not_given_to_who_wants_another_format(accept: str) -> None:
    own = Service()
    known(own, f"/v1/lr?{FLAT}&epoch=12")

    answer = own.get(f"/v1/lr?{FLAT}&epoch=12", accept=accept)

    assert answer.headers["content-type"] != "application/json"


def test_no_more_answers_are_remembered_than_there_is_room_for_and_the_oldest_goes_first() -> None:
    made: list[bytes] = []

    def make(query: bytes) -> replies.Reply:
        made.append(query)
        return replies.lr(0, 0.1)

    answers = Answers("/v1/lr", make, most=2, longest=2)
    for query in (b"a", b"b", b"a", b"c", b"b", b"a", b"long", b"long"):
        answers.lookup({"path": "/v1/lr", "query_string": query})

    assert made == [b"a", b"b", b"c", b"a", b"long", b"long"]


def test_an_address_that_only_begins_like_it_is_not_answered_from_memory() -> None:
    own = Service()
    own.get(f"/v1/lr?{FLAT}&epoch=12")

    assert own.get(f"/v1/lrs?{FLAT}&epoch=12").status_code == 404


# For caches


def test_an_answer_may_be_kept_by_caches() -> None:
    headers = service.get(f"/v1/lr?{FLAT}&epoch=12").headers

    assert headers["cache-control"] == "public, max-age=3600"
    assert headers["vary"] == "accept"
    assert headers["etag"].startswith('"')


@pytest.mark.parametrize("template", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_it_already_is_told_so(template: str) -> None:
    etag = service.get(f"/v1/lr?{FLAT}&epoch=12").headers["etag"]

    answer = service.get(f"/v1/lr?{FLAT}&epoch=12", if_none_match=template.format(etag))

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


def test_json_and_text_have_different_etags() -> None:
    json, text = (service.get(f"/v1/lr?{FLAT}&epoch=12", accept=accept) for accept in ("*/*", "text/plain"))

    assert json.headers["etag"] != text.headers["etag"]


def test_head_is_get_without_a_body() -> None:
    got = service.get(f"/v1/lr?{FLAT}&epoch=12")

    head = service.ask("HEAD", f"/v1/lr?{FLAT}&epoch=12")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers.raw == got.headers.raw
