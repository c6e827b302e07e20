"""Long answers are packed for who can unpack them, and the rest is left as it is."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest

from setpoint.api.asgi import Message
from setpoint.api.packing import MOST, Packing
from tests.api.service import FLAT, Service

LONG = f"/v1/schedule?{FLAT}&stop=2000"
TEXT = [(b"content-type", b"application/json")]


@pytest.fixture(scope="module")
def client() -> Service:
    return Service()


@pytest.fixture(scope="module")
def plain(client: Service) -> httpx.Response:
    return client.get(LONG, accept_encoding="identity")


@pytest.mark.parametrize("address", [LONG, "/v1/kinds", "/openapi.json", f"/v1/schedule?{FLAT}&stop=90&format=svg"])
def test_a_long_text_is_packed_and_says_the_same(client: Service, address: str) -> None:
    packed = client.get(address, accept_encoding="gzip, deflate, br")
    unpacked = client.get(address, accept_encoding="identity")

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(unpacked.content) / 2
    assert packed.content == unpacked.content


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip;q=0.0, br", "x-gzip"])
def test_who_cannot_unpack_gets_it_plain(client: Service, plain: httpx.Response, accepted: str) -> None:
    answer = client.get(LONG, accept_encoding=accepted)

    assert "content-encoding" not in answer.headers
    assert answer.content == plain.content


@pytest.mark.parametrize("accepted", ["gzip", "deflate;q=0.5, gzip;q=1.0", "*", "br,gzip ;q=0.2"])
def test_gzip_is_found_however_it_is_spelled(client: Service, accepted: str) -> None:
    assert client.get(LONG, accept_encoding=accepted).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_a_cache_is_told_to_keep_both_forms_apart(client: Service, accepted: str) -> None:
    assert client.get(LONG, accept_encoding=accepted).headers["vary"] == "accept, accept-encoding"


def test_the_tag_of_the_packed_form_is_weak_and_known_again(client: Service, plain: httpx.Response) -> None:
    packed = client.get(LONG, accept_encoding="gzip")

    again = client.get(LONG, accept_encoding="gzip", if_none_match=packed.headers["etag"])

    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize(
    "address",
    [
        f"/v1/lr?{FLAT}&epoch=3",
        f"/v1/schedule?{FLAT}&stop=10",
        f"{LONG}&format=raw",
        f"/v1/schedule?{FLAT}&stop=90&format=png",
        f"/v1/schedule?{FLAT}&stop=200000",
    ],
    ids=["an answer of the door", "a short one", "numbers", "a picture", "a long stream"],
)
def test_what_gains_nothing_or_goes_on_for_long_is_sent_as_it_is(client: Service, address: str) -> None:
    packed = client.get(address, accept_encoding="gzip")
    plain = client.get(address, accept_encoding="identity")

    assert "content-encoding" not in packed.headers
    assert packed.headers.get("etag") == plain.headers.get("etag")
    assert packed.content == plain.content


def test_a_head_tells_of_the_form_that_a_get_would_have(client: Service) -> None:
    head = client.ask("HEAD", LONG, headers={"Accept-Encoding": "gzip"})
    got = client.get(LONG, accept_encoding="gzip")

    assert head.content == b""
    assert head.headers == got.headers


def sent(headers: list[tuple[bytes, bytes]], chunks: list[bytes]) -> list[Message]:
    """What goes over the wire of an answer in these chunks."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def answer() -> None:
        packing = Packing(send, packs=True)
        await packing.send({"type": "http.response.start", "status": 200, "headers": headers})
        for i, chunk in enumerate(chunks):
            await packing.send({"type": "http.response.body", "body": chunk, "more_body": i < len(chunks) - 1})

    asyncio.run(answer())
    return messages


def test_an_answer_in_a_few_chunks_is_packed_as_one() -> None:
    start, body = sent(TEXT, [b"a" * 1000, b"b" * 1000])

    assert dict(start["headers"])[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body["body"]) == b"a" * 1000 + b"b" * 1000
    assert body["more_body"] is False


def test_a_stream_is_held_back_only_until_it_is_known_to_be_one() -> None:
    start, first, second = sent(TEXT, [b"a" * MOST, b"b", b"c"])[:3]

    assert b"content-encoding" not in dict(start["headers"])
    assert first == {"type": "http.response.body", "body": b"a" * MOST + b"b", "more_body": True}
    assert second["body"] == b"c"


def test_events_are_never_held_back() -> None:
    events = [(b"content-type", b"text/event-stream; charset=utf-8")]

    messages = sent(events, [b"data: 1\n\n" * 500, b"data: 2\n\n"])

    assert [message.get("body") for message in messages] == [None, b"data: 1\n\n" * 500, b"data: 2\n\n"]
    assert messages[0]["headers"] == events


def test_the_tag_of_what_is_not_kept_stays_as_it_is() -> None:
    of_plan = [*TEXT, (b"cache-control", b"no-store"), (b"etag", b'"1-1-2"')]
    body = json.dumps(list(range(1000))).encode()

    start, _ = sent(of_plan, [body])

    said: dict[bytes, Any] = dict(start["headers"])
    assert said[b"content-encoding"] == b"gzip"
    assert said[b"etag"] == b'"1-1-2"'
