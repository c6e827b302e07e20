"""Learning rates as text: one number, columns, CSV and JSON; the same digits as the service writes."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from setpoint.schedules.spec import Spec
from setpoint.schedules.walk import along

_BLOCK = 4096


def digits(lr: float) -> str:
    """The shortest digits that read back as the same float64, with an exponent only below 0.00001, written 1e-6."""
    mantissa, small, _ = repr(lr).partition("e-05")
    if small:
        return f"0.0000{mantissa.replace('.', '')}"
    return mantissa.replace("e-0", "e-")


def rows(spec: Spec, epochs: Iterable[int], between: str) -> Iterator[str]:
    """A line for each epoch, in blocks: the epoch, `between`, its learning rate."""
    selected = iter(epochs)
    while block := list(islice(selected, _BLOCK)):
        yield "".join(f"{epoch}{between}{digits(lr)}\n" for epoch, lr in zip(block, along(spec, block), strict=True))


def csv(spec: Spec, epochs: range) -> Iterator[str]:
    return chain(["epoch,lr\n"], rows(spec, epochs, ","))


def columns(spec: Spec, epochs: range) -> Iterator[str]:
    """`{"start":0,"stop":90,"stride":1,"lr":[...]}`, as the service answers."""
    yield f'{{"start":{epochs.start},"stop":{epochs.stop},"stride":{epochs.step},"lr":['
    for first in range(0, len(epochs), _BLOCK):
        comma = "," if first else ""
        yield comma + ",".join(map(digits, along(spec, epochs[first : first + _BLOCK])))
    yield "]}\n"


def document(value: object) -> str:
    """A JSON document to be read by people as well."""
    return json.dumps(value, indent=2) + "\n"
