"""Which epochs: `--start`, `--stop`, `--stride`, and lists of them."""

import argparse
import re

from setpoint.cli.misuse import Misuse
from setpoint.schedules.number import END_OF_TIME


def whole(text: str) -> int:
    """An epoch as it is written: digits alone, below 2^53."""
    if not re.fullmatch(r"[0-9]{1,16}", text) or int(text) >= END_OF_TIME:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 on, below 2^53, and not {text!r}")
    return int(text)


def at_least_one(text: str) -> int:
    if whole(text) == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def selection(text: str) -> tuple[range, ...]:
    """Epochs as they are written: `12`, `0,13,100`, or `0:30` and `0:30:5` (start, stop, stride; without the stop)."""
    return tuple(_span(part) for part in text.split(","))


def _span(text: str) -> range:
    parts = text.split(":")
    if len(parts) == 1:
        return range(whole(text), whole(text) + 1)
    if len(parts) > 3:
        raise argparse.ArgumentTypeError(f"must be an epoch, START:STOP or START:STOP:STRIDE, and not {text!r}")
    span = range(whole(parts[0]), whole(parts[1]), at_least_one(parts[2]) if len(parts) == 3 else 1)
    if not span:
        raise argparse.ArgumentTypeError(f"{text} holds no epoch: the stop is left out")
    return span


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add --start, --stop and --stride."""
    add = parser.add_argument
    add("--start", type=whole, default=0, metavar="EPOCH", help="the first epoch (0)")
    add("--stop", type=whole, metavar="EPOCH", help="the epoch to end before (where the schedule ends)")
    add("--stride", type=at_least_one, default=1, metavar="N", help="every N-th epoch (1)")


def epochs(options: argparse.Namespace, end: int | None) -> range:
    """The epochs that were asked for, of a schedule that ends at `end`.

    Raises:
        Misuse: it has no end and no stop was given, or there is no epoch between start and stop.
    """
    stop = end if options.stop is None else options.stop
    if stop is None:
        raise Misuse("--stop is needed, for this schedule goes on for ever: --stop 100 takes the first hundred epochs")
    if stop <= options.start:
        raise Misuse(f"--start {options.start} must be before the stop, {stop}")
    return range(options.start, stop, options.stride)
