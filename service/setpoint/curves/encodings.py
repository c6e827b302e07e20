"""Curves as bytes, block by block: JSON, CSV, NDJSON and raw float64.

Each function gives an iterator. A step of it is about a millisecond's work at most, so a service that lets others in
between steps stays quick. Nothing is computed before the first step.

Every number is written by orjson: the shortest digits that read back as the same float64. Python's `repr` has the same
digits but sets some otherwise (1e-05 for 0.00001), so whoever answers with one learning rate writes it by `number`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson

from setpoint.curves.blocks import SIZE, along, values
from setpoint.curves.parts import Pieced

if TYPE_CHECKING:
    from setpoint.curves.blocks import Block

# A row of text costs four times a number in a column.
_ROWS = SIZE // 4


@dataclass(frozen=True, slots=True)
class Curve:
    """What is written: the learning rates of `epochs`, beside them those of further `groups`.

    `epochs` ascend: a range, or a list where they are a selection. `facts` (plain JSON) are what JSON begins with.
    """

    lr: Pieced
    epochs: Sequence[int]
    groups: Mapping[str, Pieced] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def number(value: float) -> bytes:
    """One learning rate, in the digits that it has in a curve."""
    return orjson.dumps(value)


def json(curve: Curve) -> Iterator[bytes]:
    """`{"start":0,"stop":90,"stride":1,"lr":[...]}`, then `"groups":{"head":[...]}` where there are any.

    A selection has `"epochs":[...]` in place of start, stop and stride.

    Raises:
        InvalidSchedule: at the step that comes to a value that may not be served.
    """
    yield orjson.dumps({**curve.facts, **_extent(curve.epochs)})[:-1] + b',"lr":['
    yield from _column(curve.lr, curve.epochs)
    opening = b'],"groups":{'
    for name, form in curve.groups.items():
        yield opening + orjson.dumps(name) + b":["
        yield from _column(form, curve.epochs)
        opening = b"],"
    yield b"]}}" if curve.groups else b"]}"


def csv(curve: Curve) -> Iterator[bytes]:
    """`epoch,lr` and a line for each epoch; a group has a further column by its name.

    Raises:
        InvalidSchedule: at the step that comes to a value that may not be served.
    """
    yield ",".join(["epoch", "lr", *map(_quoted, curve.groups)]).encode() + b"\n"
    yield from _lines(curve, [b"", *repeat(b",", 1 + len(curve.groups)), b"\n"])


def ndjson(curve: Curve) -> Iterator[bytes]:
    """`{"epoch":0,"lr":0.1}` and so on, one a line; with groups also `"groups":{"head":0.01}`.

    Raises:
        InvalidSchedule: at the step that comes to a value that may not be served.
    """
    names = [orjson.dumps(name) + b":" for name in curve.groups]
    openings = [b',"groups":{' + name if i == 0 else b"," + name for i, name in enumerate(names)]
    yield from _lines(curve, [b'{"epoch":', b',"lr":', *openings, b"}}\n" if names else b"}\n"])


def raw(curve: Curve) -> Iterator[bytes]:
    """The learning rates as little-endian float64, 8 bytes each, and nothing else: no epochs, no groups.

    Raises:
        InvalidSchedule: at the step that comes to a value that may not be served.
    """
    return (block.astype("<f8", copy=False).tobytes() for block in along(curve.lr, curve.epochs))


ENCODINGS: Mapping[str, Callable[[Curve], Iterator[bytes]]] = MappingProxyType(
    {"application/json": json, "text/csv": csv, "application/x-ndjson": ndjson, "application/octet-stream": raw}
)
"""By media type."""


def _extent(epochs: Sequence[int]) -> dict[str, object]:
    if isinstance(epochs, range):
        return {"start": epochs.start, "stop": epochs.stop, "stride": epochs.step}
    return {"epochs": list(epochs)}


def _column(form: Pieced, epochs: Sequence[int]) -> Iterator[bytes]:
    """A column's numbers with commas between."""
    comma = b""
    for block in along(form, epochs):
        yield comma + _numbers(block)
        comma = b","


def _lines(curve: Curve, between: Sequence[bytes]) -> Iterator[bytes]:
    """A line for each epoch: its numbers, with `between` before, between and after them."""
    for epochs, columns in _rows(curve):
        numbers = [_integers(epochs), *map(_numbers, columns)]
        cells: list[Iterable[bytes]] = [repeat(between[0])] if between[0] else []
        for text, after in zip(numbers, between[1:], strict=True):
            cells += [text.split(b","), repeat(after)]
        yield b"".join(chain.from_iterable(zip(*cells, strict=False)))


def _rows(curve: Curve) -> "Iterator[tuple[Sequence[int], list[Block]]]":
    """The blocks of all columns, side by side."""
    done = 0
    for block in along(curve.lr, curve.epochs, max(1, _ROWS // (1 + len(curve.groups)))):
        epochs = curve.epochs[done : done + len(block)]
        yield epochs, [block, *(values(form, epochs) for form in curve.groups.values())]
        done += len(block)


def _numbers(block: "Block") -> bytes:
    return orjson.dumps(block, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


def _integers(epochs: Sequence[int]) -> bytes:
    return orjson.dumps(list(epochs))[1:-1]


def _quoted(name: str) -> str:
    """A name as a cell of CSV."""
    return f'"{name.replace(chr(34), chr(34) * 2)}"' if set(name) & set('",\r\n') else name
