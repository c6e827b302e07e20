"""Rows of text in columns."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap


def rows(rows: Iterable[Sequence[str]], width: int, indent: int = 2) -> Iterator[str]:
    """The rows, their cells in columns; a last cell that is too long goes on below itself."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in cells), strict=True)]
    margin = indent + sum(widths) + 2 * len(widths)
    for *row, last in cells:
        start = " " * indent + "".join(cell.ljust(size + 2) for cell, size in zip(row, widths, strict=True))
        first, *rest = wrap(last, max(24, width - margin)) or [""]
        yield (start + first).rstrip()
        yield from (" " * margin + line for line in rest)
