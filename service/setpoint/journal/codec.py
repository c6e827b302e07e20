"""Events as bytes, and back: plain JSON, but sealed values as the float64 bits they are.

What was written is read for ever: a payload says which version of its form it is in, a field that came later is left to
its default, and settings and changes are taken as they stand, not judged anew by rules that may have become stricter.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, cast, get_args, get_type_hints

import orjson
from pydantic import ConfigDict, TypeAdapter

from setpoint.plateau.policy import State as Policy
from setpoint.runs import event as happened
from setpoint.runs.change import AnyChange, Change
from setpoint.runs.event import Event, Key, SealedEpochs
from setpoint.runs.settings import Settings
from setpoint.schedules.kinds import STORED
from setpoint.schedules.spec import Model

VERSION = 1
"""Of the form of payloads. Raise it when a reader of today would misread what is written tomorrow."""

_END_OF_HEADER = b"\n"
_changes: TypeAdapter[Change] = TypeAdapter(AnyChange, config=ConfigDict(defer_build=True))


class Undecodable(Exception):
    """A payload that this version can't read: damaged, or written by a later one."""


def encode(event: Event) -> bytes:
    """The payload of `event`."""
    if isinstance(event, SealedEpochs):
        return _sealed(event)
    return orjson.dumps({"v": VERSION, **_fields(event)})


def decode(kind: str, payload: bytes) -> Event:
    """The event that `encode` made `payload` of.

    Raises:
        Undecodable: it is no such payload.
    """
    try:
        header, _, bits = payload.partition(_END_OF_HEADER)
        plain = cast(dict[str, Any], orjson.loads(header))
        version = plain.pop("v")
        if version > VERSION:
            raise Undecodable(f"{kind} in form {version}; this version of Setpoint reads up to {VERSION}")
        return _unsealed(plain, bits) if kind == SealedEpochs.kind else _made(kind, plain)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise Undecodable(f"{kind}: {error}") from error


def _sealed(event: SealedEpochs) -> bytes:
    header = {
        "v": VERSION,
        "attempt": event.attempt,
        "start": event.start,
        "columns": len(event.columns),
        "plan_version": event.plan_version,
    }
    return b"".join((orjson.dumps(header), _END_OF_HEADER, *event.columns))


def _unsealed(plain: dict[str, Any], bits: bytes) -> SealedEpochs:
    count = plain["columns"]
    size = len(bits) // count
    if size == 0 or size * count != len(bits) or size % 8:
        raise Undecodable(f"{len(bits)} bytes are not {count} columns of float64")
    columns = tuple(bits[i * size : (i + 1) * size] for i in range(count))
    return SealedEpochs(plain["attempt"], plain["start"], columns, plain["plan_version"])


def _fields(value: Any) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _plain(value: Any) -> Any:
    """As JSON: floats that it has no numbers for become the words that `float` reads."""
    if isinstance(value, (int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _word(value)
    if isinstance(value, Model):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, tuple):
        return [_plain(each) for each in cast(tuple[object, ...], value)]
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, object], value))
    return _fields(value) if is_dataclass(value) else value


def _word(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _settings(plain: Any) -> Settings:
    return Settings.model_validate(plain, context=STORED)


def _change(plain: Any) -> Change:
    return _changes.validate_python(plain, context=STORED)


def _floats(plain: Any) -> tuple[float, ...]:
    return tuple(float(each) for each in plain)


def _key(plain: Any) -> Key | None:
    return None if plain is None else Key(**plain)


def _policy(plain: Any) -> Policy:
    best, mean, scales = plain.pop("best"), float(plain.pop("mean")), _floats(plain.pop("scales"))
    return Policy(**plain, best=None if best is None else float(best), mean=mean, scales=scales)


def _same(plain: Any) -> Any:
    return plain


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    Settings: _settings,
    Change: _change,
    Policy: _policy,
    Key | None: _key,
    float: float,
    tuple[float, ...]: _floats,
    tuple[int, ...]: tuple,
    **dict.fromkeys((int, str, str | None, Mapping[str, str], happened.Keep, happened.Lifecycle), _same),
}
"""By the type of the field. One that stands here under no type can't be read back, and fails when this is imported."""


def _readers(kind: type[Event]) -> Mapping[str, Callable[[Any], Any]]:
    """Of the fields that JSON does not give back as they were."""
    types = get_type_hints(kind)
    readers = {field.name: _READERS[types[field.name]] for field in fields(kind)}
    return {name: reader for name, reader in readers.items() if reader is not _same}


_KINDS: Mapping[str, tuple[type[Event], Mapping[str, Callable[[Any], Any]]]] = {
    kind.kind: (kind, _readers(kind)) for kind in get_args(Event) if kind is not SealedEpochs
}


def _made(name: str, plain: dict[str, Any]) -> Event:
    kind, readers = _KINDS[name]
    for field in readers.keys() & plain.keys():
        plain[field] = readers[field](plain[field])
    return kind(**plain)
