"""A curve in one line of text."""

from collections.abc import Sequence
from itertools import pairwise

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-=^"


def sparkline(values: Sequence[float], width: int = 20, *, ascii_only: bool = False) -> str:
    """At most `width` characters, the lowest for the least value; a level curve is at mid height.

    Each is the mean of its share of the values; fewer values than `width` give one character each.
    """
    levels = ASCII if ascii_only else BLOCKS
    shares = _shares(values, max(1, min(width, len(values)))) if values else []
    return "".join(_level(share, min(shares), max(shares), levels) for share in shares)


def _shares(values: Sequence[float], count: int) -> list[float]:
    edges = [index * len(values) // count for index in range(count + 1)]
    return [_mean(values[start:stop]) for start, stop in pairwise(edges)]


def _mean(values: Sequence[float]) -> float:
    return sum(value / len(values) for value in values)


def _level(value: float, low: float, high: float, levels: str) -> str:
    if low == high:
        return levels[len(levels) // 2]
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return levels[min(int(share * len(levels)), len(levels) - 1)]
