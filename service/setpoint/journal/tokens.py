"""Events of tokens as they are written down: one chain over all of them, whose end is kept beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, cast

import orjson

from setpoint.access.event import TokenCreated, TokenEvent, TokenRecorded, TokenRevoked
from setpoint.errors import Damaged
from setpoint.journal.chain import Head, Link, Row, linked

NAME = "/tokens"
"""In the place of a run's name, for the chain. No run can be called so."""
VERSION = 1
"""Of the form of payloads, as for the events of runs."""

_KINDS: dict[str, type[TokenCreated | TokenRevoked]] = {kind.kind: kind for kind in (TokenCreated, TokenRevoked)}


def row(recorded: TokenRecorded) -> Row:
    """`recorded` as it is written down."""
    event = recorded.event
    payload = orjson.dumps({"v": VERSION, **asdict(event)})
    return Row(recorded.id, event.kind, recorded.at, recorded.actor, payload)


def links(previous: bytes, rows: Iterable[Row]) -> list[Link]:
    """`rows`, each with its fingerprint, after the event that has `previous`."""
    made = list[Link]()
    for each in rows:
        previous = linked(NAME, previous, each)
        made.append(Link(each, previous))
    return made


def read(written: Sequence[Link], before: Head, head: Sequence[Any] | None) -> list[TokenRecorded]:
    """The events of `written`, which follow `before` and end at `head`.

    Raises:
        Damaged: they are not what was written.
    """
    version, chain, found = before.version, before.chain, list[TokenRecorded]()
    for link in written:
        version += 1
        if link.row.id != version:
            raise torn(f"event {version} is missing")
        chain = _chained(chain, link)
        found.append(recorded(link.row))
    if head is None or (version, chain) != tuple(head):
        raise torn("their events do not end where they should")
    return found


def recorded(found: Row) -> TokenRecorded:
    """The event that `row` made `found` of.

    Raises:
        Damaged: it can't be read.
    """
    return TokenRecorded(found.id, _event(found), found.at, found.actor)


def _chained(chain: bytes, link: Link) -> bytes:
    try:
        chain = linked(NAME, chain, link.row)
    except (AttributeError, TypeError) as error:  # a flipped bit can turn a text into a number
        raise torn(f"event {link.row.id} is not even of the types that were written") from error
    if chain != link.chain:
        raise torn(f"event {link.row.id} is not what was written")
    return chain


def _event(found: Row) -> TokenEvent:
    try:
        plain = cast(dict[str, Any], orjson.loads(found.payload))
        if plain.pop("v") > VERSION:
            raise torn(f"event {found.id} was written by a later version of Setpoint")
        if "runs" in plain:
            plain["runs"] = tuple(plain["runs"])
        return _KINDS[found.kind](**plain)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise torn(f"event {found.id} can't be read: {error}") from error


def torn(detail: str) -> Damaged:
    """What is stored of tokens is not what was written."""
    return Damaged(f"the tokens: {detail}")
