"""Events as bytes: every one comes back as it was, today's bytes will be read tomorrow."""

import struct
from typing import get_args

import orjson
import pytest
from hypothesis import given, settings

from setpoint.journal.codec import Undecodable, decode, encode
from setpoint.runs.change import Replace, Scale
from setpoint.runs.event import Changed, Created, Event, Key, Measured, Reported, SealedEpochs
from setpoint.schedules import kinds
from setpoint.schedules.spec import Spec
from tests.journal.events import EVENTS


@settings(max_examples=300, deadline=None)
@given(EVENTS)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    again = decode(event.kind, encode(event))

    assert type(again) is type(event)
    assert repr(again) == repr(event)  # NaN is not equal to itself, but it is written alike
    assert encode(again) == encode(event)


def test_every_kind_is_tried() -> None:
    tried = {type(each) for each in _some()}

    assert tried == set(get_args(Event))


def _some() -> list[Event]:
    seen: list[Event] = []

    @settings(max_examples=500, database=None, deadline=None, derandomize=True)
    @given(EVENTS)
    def look(event: Event) -> None:
        seen.append(event)

    look()
    return seen


def test_sealed_values_are_written_as_their_bits() -> None:
    lr, momentum = struct.pack("<2d", 0.1, 0.30000000000000004), struct.pack("<2d", 0.9, 5e-324)

    written = encode(SealedEpochs(2, 7, (lr, momentum), 3))

    assert written == b'{"v":1,"attempt":2,"start":7,"columns":2,"plan_version":3}\n' + lr + momentum
    assert decode("sealed", written) == SealedEpochs(2, 7, (lr, momentum), 3)


def test_bits_that_look_like_the_end_of_the_header_are_bits() -> None:
    column = b"\n\n\n\n\n\n\n\n"

    assert decode("sealed", encode(SealedEpochs(1, 0, (column,), 1))) == SealedEpochs(1, 0, (column,), 1)


def test_what_was_written_by_the_first_version_is_read() -> None:
    assert decode("progress", b'{"v":1,"attempt":1,"worker":"w0","epoch":3}') == Reported(1, "w0", 3)
    assert decode(
        "metric", b'{"v":1,"attempt":1,"epoch":0,"worker":"w0","value":"-Infinity","weight":1.0}'
    ) == Measured(1, 0, "w0", float("-inf"), 1.0)
    assert decode(
        "change",
        b'{"v":1,"number":1,"change":{"reason":"typo","exact":false,"op":"scale","factor":0.5},"attempt":1,'
        b'"effective_epoch":7,"plan_version":2,"before":[0.1],"after":[0.05],"key":{"name":"k","body":"f"}}',
    ) == Changed(1, Scale(op="scale", factor=0.5, reason="typo"), 1, 7, 2, (0.1,), (0.05,), Key("k", "f"))


def test_a_field_that_came_later_may_be_missing() -> None:
    change = (
        b'{"v":1,"number":1,"change":{"op":"hold"},"attempt":1,"effective_epoch":7,"plan_version":2,'
        b'"before":[],"after":[]}'
    )

    event = decode("change", change)

    assert isinstance(event, Changed)
    assert event.key is None


def test_what_was_accepted_once_is_read_although_the_check_would_refuse_it_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedule = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
    payload = orjson.dumps({"v": 1, "settings": {"schedule": schedule, "groups": {"head": schedule}}, "incarnation": 1})
    change = orjson.dumps(
        {"v": 1, "number": 1, "change": {"op": "replace", "schedule": schedule}, "attempt": 1, "effective_epoch": 0}
        | {"plan_version": 2, "before": [], "after": []}
    )

    def refuse(spec: Spec) -> Spec:
        raise AssertionError(f"{spec} was checked again")

    monkeypatch.setattr(kinds, "checked", refuse)
    created, replaced = decode("created", payload), decode("change", change)

    assert isinstance(created, Created)
    assert created.settings.groups["head"].lr(5) == 0.05
    assert isinstance(replaced, Changed)
    assert isinstance(replaced.change, Replace)
    assert replaced.change.schedule.lr(10) == 0.025


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("progress", b""),
        ("progress", b"[]"),
        ("progress", b"null"),
        ("progress", b'{"attempt":1,"worker":"w0","epoch":3}'),
        ("progress", b'{"v":1,"attempt":1,"worker":"w0"}'),
        ("progress", b'{"v":1,"attempt":1,"worker":"w0","epoch":3,"more":1}'),
        ("progress", b'{"v":2,"attempt":1,"worker":"w0","epoch":3}'),
        ("progress", b'{"v":"1","attempt":1,"worker":"w0","epoch":3}'),
        ("unheard-of", b'{"v":1}'),
        ("created", b'{"v":1,"settings":{"schedule":{"kind":"nonsense"}},"incarnation":1}'),
        ("sealed", b'{"v":1,"attempt":1,"start":0,"columns":1,"plan_version":1}\n1234567'),
        ("sealed", b'{"v":1,"attempt":1,"start":0,"columns":1,"plan_version":1}\n'),
        ("sealed", b'{"v":1,"attempt":1,"start":0,"columns":0,"plan_version":1}\n12345678'),
        ("sealed", b'{"v":1,"attempt":1,"start":0,"columns":3,"plan_version":1}\n1234567812345678'),
    ],
)
def test_what_is_no_event_is_not_read(kind: str, payload: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(kind, payload)
