"""A grid of dots, written as characters: braille, quarter blocks, or one plain mark each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Charset = Literal["braille", "blocks", "ascii"]
Dot = tuple[int, int]

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
