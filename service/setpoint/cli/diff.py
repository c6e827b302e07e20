"""`setpoint diff`: where two schedules part."""

import argparse
import json
from dataclasses import dataclass
from math import isclose

from setpoint.cli import document, extent, source
from setpoint.cli.columns import digits
from setpoint.cli.misuse import Misuse
from setpoint.cli.parser import Parser
from setpoint.schedules.spec import Spec
from setpoint.schedules.walk import along, window


@dataclass(frozen=True, slots=True)
class Parting:
    """An epoch at which two schedules differ, and what each has there."""

    epoch: int
    a: float
    b: float

    @property
    def distance(self) -> float:
        return abs(self.a - self.b)


def arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("a", metavar="A", nargs="?", help=source.SPEC)
    add("b", metavar="B", nargs="?", help="another")
    extent.arguments(parser)
    add("--tolerance", type=_share, default=0.0, metavar="T", help="take as equal what differs by less, relatively (0)")
    add("--log-y", action="store_true", help="a logarithmic axis for the learning rate")
    add("--width", type=extent.at_least_one, metavar="N", help="columns of the picture")
    add("--height", type=extent.at_least_one, metavar="N", help="lines of the picture")
    add("--charset", choices=("braille", "blocks", "ascii"), help="what to draw with (what the terminal can show)")
    add("--json", action="store_true", help="print a JSON document, and no picture")


def run(options: argparse.Namespace) -> int:
    """Say where they part, and draw both. 0 where they are the same, 1 where they differ."""
    if options.b is None:
        raise Misuse("there must be two schedules: each a file, - for standard input, or a kind's name")
    if options.a == options.b == "-":
        raise Misuse("standard input holds one schedule, not two")
    a, b = source.load(options.a), source.load(options.b)
    epochs = extent.epochs(options, options.start + max(window(a), window(b)))
    parted = partings(a, b, epochs, options.tolerance)
    if options.json:
        print(json.dumps(_facts(epochs, parted)))
    else:
        print(_sentence(epochs, parted))
        _draw(options, a, b, epochs)
    return 1 if parted else 0


def partings(a: Spec, b: Spec, epochs: range, tolerance: float) -> list[Parting]:
    """The epochs at which `a` and `b` differ by more than `tolerance`, relatively."""
    pairs = zip(epochs, along(a, epochs), along(b, epochs), strict=True)
    return [Parting(epoch, x, y) for epoch, x, y in pairs if not isclose(x, y, rel_tol=tolerance)]


def _share(text: str) -> float:
    """A relative tolerance as it is written."""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, such as 1e-12, and not {text!r}")
    return share


def _facts(epochs: range, parted: list[Parting]) -> dict[str, object]:
    extent = {"start": epochs.start, "stop": epochs.stop, "stride": epochs.step}
    if not parted:
        return {**extent, "differing": 0, "first": None, "largest": None}
    first, largest = (
        {"epoch": parting.epoch, "a": parting.a, "b": parting.b} for parting in (parted[0], _largest(parted))
    )
    return {**extent, "differing": len(parted), "first": first, "largest": largest}


def _largest(parted: list[Parting]) -> Parting:
    return max(parted, key=lambda parting: parting.distance)


def _sentence(epochs: range, parted: list[Parting]) -> str:
    span = f"epochs {epochs.start} to {epochs[-1]}"
    if not parted:
        return f"the same at all of {len(epochs)} epochs ({span})"
    first, largest = parted[0], _largest(parted)
    return "\n".join(
        [
            f"differ at {len(parted)} of {len(epochs)} epochs ({span})",
            f"first at epoch {first.epoch}: {digits(first.a)} and {digits(first.b)}",
            f"most at epoch {largest.epoch}: {digits(largest.a)} and {digits(largest.b)}",
        ]
    )


def _draw(options: argparse.Namespace, a: Spec, b: Spec, epochs: range) -> None:
    from setpoint.cli import plot
    from setpoint.schedules import picture

    first, second = document.name(options.a), document.name(options.b)
    both = {first: a, second: b} if first != second else {"A": a, "B": b}
    print(plot.text(picture.chart(both, epochs, log_y=options.log_y), options), end="")
