"""Streams of events: the parser, and following one through what happens to connections."""

import asyncio
from collections.abc import Iterator
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.client import call, events
from setpoint.client.atransport import AsyncTransport
from setpoint.client.events import Event
from setpoint.client.place import Place
from setpoint.client.sse import MOST_CHARACTERS, Message, Parser
from setpoint.client.transport import Transport
from setpoint.errors import NotFound, SetpointError, Unavailable
from tests.client.conftest import QUICK
from tests.client.server import Script, answer, scripted, stream
from tests.client.test_transport import STEP

STREAM = (
    "\ufeff: hello\r\nretry: 1500\r\n\r\nid: 1\nevent: change\ndata: {}\n\n"
    "data: a\rdata\rdata:  b\r\rid:2\n\nevent: x\ndata: é\r\n\r\nid: 3\ndata: unfinished"
).encode()
MESSAGES = [Message("change", "{}", "1"), Message("message", "a\n\n b", "1"), Message("x", "é", "2")]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_a_stream_is_read_alike_in_whatever_parts_it_comes(cuts: list[int]) -> None:
    parser = Parser()
    edges = [0, *sorted(cuts), len(STREAM)]

    found = [message for start, stop in pairwise(edges) for message in parser.feed(STREAM[start:stop])]

    assert found == MESSAGES
    assert parser.retry_seconds == 1.5


def test_a_stream_may_come_byte_by_byte() -> None:
    parser = Parser()

    assert [message for byte in STREAM for message in parser.feed(bytes([byte]))] == MESSAGES


@pytest.mark.parametrize("line", ["retry: soon", "retry: -1", "retry: \u0661", "other: 1", ": comment", "id: a\0b"])
def test_what_a_line_should_not_say_is_passed_over(line: str) -> None:
    parser = Parser()

    assert parser.feed(f"{line}\ndata: 1\n\n".encode()) == [Message("message", "1", None)]
    assert parser.retry_seconds is None


def test_a_message_without_end_is_refused() -> None:
    parser = Parser()

    parser.feed(b"data: " + b"x" * (MOST_CHARACTERS - 7) + b"\n")

    with pytest.raises(SetpointError, match="none of Setpoint's"):
        parser.feed(b"d")


def told(number: int) -> bytes:
    return b'id: %d\nevent: progress\ndata: {"run": "r", "id": %d}\n\n' % (number, number)


def followed(script: Script, count: int, after: str | None = None) -> list[str]:
    """The first events, each by its id or else by what it is."""
    with Transport(Place(script.url), QUICK) as transport:
        following = events.follow(transport, call.events("r"), after=after, sleep=lambda _: None)
        return [event.id or event.kind for event in islice(following, count)]


def test_a_lost_connection_is_taken_up_where_it_was_lost() -> None:
    with scripted(stream(told(1) + told(2)), None, stream(told(3))) as script:
        assert followed(script, 4) == ["reset", "1", "2", "3"]

    assert [sent.headers.get("last-event-id") for sent in script.sent] == [None, "2", "2"]


def test_an_event_that_is_told_again_is_told_once() -> None:
    with scripted(stream(told(1)), stream(told(1) + told(2))) as script:
        assert followed(script, 3) == ["reset", "1", "2"]


def test_half_an_event_is_none() -> None:
    with scripted(stream(told(1) + told(2)[:-1]), stream(told(2))) as script:
        assert followed(script, 3) == ["reset", "1", "2"]


def test_bye_means_to_come_back_with_the_last_id() -> None:
    with scripted(stream(told(1) + b"event: bye\ndata: {}\n\n"), stream(told(2))) as script:
        assert followed(script, 3) == ["reset", "1", "2"]

    assert script.sent[1].headers["last-event-id"] == "1"


def test_reset_means_to_begin_anew_and_is_told_once_that_has_begun() -> None:
    with scripted(stream(told(1) + b"event: reset\ndata: {}\n\n"), stream(told(9))) as script:
        assert followed(script, 4) == ["reset", "1", "reset", "9"]

    assert "last-event-id" not in script.sent[1].headers


def test_who_knows_the_past_goes_on_from_there() -> None:
    with scripted(stream(told(8))) as script:
        assert followed(script, 1, after="7") == ["8"]

    assert script.sent[0].headers["last-event-id"] == "7"


def test_a_lost_connection_is_told_to_who_wants_to_hear_of_it() -> None:
    lost: list[Unavailable] = []
    with scripted(answer(503, b""), stream(told(1))) as script, Transport(Place(script.url), QUICK) as transport:
        following = events.follow(transport, call.events("r"), lost=lost.append, sleep=lambda _: None)
        assert next(following) == Event("reset")

    assert len(lost) == 1


def test_what_there_is_not_can_not_be_followed(transport: Transport) -> None:
    with pytest.raises(NotFound):
        next(events.follow(transport, call.events("nobody")))


def test_the_service_tells_what_happens(transport: Transport) -> None:
    transport.ask(call.create("told", STEP))
    following: Iterator[Event] = events.follow(transport, call.events("told"))

    assert next(following) == Event("reset")
    transport.ask(call.check_in("told", "w", {"epoch": 0}))

    assert [(event.kind, event.id) for event in islice(following, 2)] == [("progress", "2"), ("sealed", "3")]


def test_async_follows_alike(transport: Transport) -> None:
    transport.ask(call.create("told-async", STEP))

    async def first(count: int) -> list[str]:
        found: list[str] = []
        async with AsyncTransport(transport.place) as asking:
            following = events.afollow(asking, call.events("told-async"), after="0")
            async for event in following:
                found.append(event.kind)
                if len(found) == count:
                    break
            await following.aclose()
        return found

    transport.ask(call.check_in("told-async", "w", {"epoch": 0}))
    assert asyncio.run(first(3)) == ["created", "progress", "sealed"]
