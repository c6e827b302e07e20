"""Markdown, put together."""

from collections.abc import Iterable, Iterator, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, with an empty one after it. Nothing where there are no rows."""
    lines = [_row(row) for row in rows]
    if lines:
        yield from (_row(head), "|".join(["", *("---" for _ in head), ""]), *lines, "")


def code(text: str) -> str:
    """`text` as code within a line; empty where it is empty."""
    return f"`{text}`" if text else ""


def block(text: str, language: str) -> Iterator[str]:
    yield from (f"```{language}", text, "```", "")


def folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines that show when the title is clicked."""
    yield from (f'??? note "{title}"', "", *(f"    {line}".rstrip() for line in lines))


def _row(cells: Sequence[str]) -> str:
    """A bar within code splits a cell as well, so it is written as what it stands for."""
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", "&#124;") for cell in cells) + " |"
