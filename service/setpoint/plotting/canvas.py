"""A grid of dots, written as characters: braille, quarter blocks, or one plain mark each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Charset = Literal["braille", "blocks", "ascii"]
Dot = tuple[int, int]
Join = Callable[[Dot, Dot], Iterator[Dot]]

# The bit of each dot in U+2800 and up, by row and column.
BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
MARKS = "*+ox#@"

# Dots across and down in one character.
DENSITY: dict[Charset, tuple[int, int]] = {"braille": (2, 4), "blocks": (2, 2), "ascii": (1, 1)}


@dataclass(slots=True)
class Canvas:
    """`columns` by `rows` characters, each with the colour of the last curve drawn through it."""

    columns: int
    rows: int
    charset: Charset
    dots: dict[Dot, int] = field(default_factory=dict[Dot, int])
    pens: dict[Dot, int] = field(default_factory=dict[Dot, int])

    @property
    def width(self) -> int:
        """In dots."""
        return self.columns * DENSITY[self.charset][0]

    @property
    def height(self) -> int:
        """In dots."""
        return self.rows * DENSITY[self.charset][1]

    def draw(self, trail: Iterable[Dot], pen: int) -> None:
        """Sets dots, counted from the top left, with a pen that is remembered for its colour."""
        across, down = DENSITY[self.charset]
        for x, y in trail:
            cell = (x // across, y // down)
            self.dots[cell] = self.dots.get(cell, 0) | 1 << (y % down * across + x % across)
            self.pens[cell] = pen

    def glyph(self, cell: Dot) -> str:
        """The character at (column, row), a space where nothing was drawn."""
        bits = self.dots.get(cell, 0)
        if not bits:
            return " "
        if self.charset == "ascii":
            return MARKS[self.pens[cell] % len(MARKS)]
        return _braille(bits) if self.charset == "braille" else QUARTERS[bits]


def _braille(bits: int) -> str:
    flat = [bit for row in BRAILLE for bit in row]
    return chr(0x2800 + sum(bit for index, bit in enumerate(flat) if bits >> index & 1))


def stairs(dots: Iterable[Dot]) -> Iterator[Dot]:
    """Through every dot, each level held until the next: horizontal, then vertical."""
    yield from _joined(dots, _stair)


def lines(dots: Iterable[Dot]) -> Iterator[Dot]:
    """Through every dot, straight."""
    yield from _joined(dots, _straight)


def _joined(dots: Iterable[Dot], join: Join) -> Iterator[Dot]:
    before: Dot | None = None
    for dot in dots:
        if before is None:
            yield dot
        elif dot != before:
            yield from join(before, dot)
        before = dot


def _stair(start: Dot, end: Dot) -> Iterator[Dot]:
    yield from _straight(start, (end[0], start[1]))
    yield from _straight((end[0], start[1]), end)


def _straight(start: Dot, end: Dot) -> Iterator[Dot]:
    """Without `start`, one dot for each along the longer side."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = max(abs(across), abs(down))
    for step in range(1, length + 1):
        yield start[0] + round(across * step / length), start[1] + round(down * step / length)
