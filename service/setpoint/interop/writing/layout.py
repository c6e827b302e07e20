"""Python source on lines that are no longer than formatters leave them."""

import re
from collections.abc import Iterable, Iterator

from setpoint.interop.writing.text import number

WIDTH = 100
"""How long a line may get before a list in it is moved out into a constant."""


def wrapped(head: str, values: Iterable[float], tail: str) -> list[str]:
    """`head[values]tail` on one line, or on as many as it takes, in columns that a formatter is asked to leave."""
    items = [number(value) for value in values]
    line = f"{head}[{', '.join(items)}]{tail}"
    if len(line) <= WIDTH:
        return [line]
    lines, row = [f"{head}["], "   "
    for item in items:
        if len(row) + len(item) + 2 > WIDTH:
            lines.append(row)
            row = "   "
        row += f" {item},"
    return [*lines, row, f"]{tail}  # fmt: skip"]


def fitted(head: str, expression: str, tail: str = "") -> list[str]:
    """`head expression tail`, its arguments on lines of their own where it is too long for one."""
    line = f"{head}{expression}{tail}"
    opening = re.match(r"[\w.]*[(\[{]", expression)
    if len(line) <= WIDTH or opening is None or expression[-1] not in ")]}":
        return [line]
    margin = " " * (len(head) - len(head.lstrip()))
    inner = [
        line
        for argument in _arguments(expression[opening.end() : -1])
        for line in fitted(f"{margin}    {argument[0]}", argument[1], ",")
    ]
    return [f"{head}{opening.group()}", *inner, f"{margin}{expression[-1]}{tail}"]


def _arguments(text: str) -> Iterator[tuple[str, str]]:
    """The arguments of a call: `name=` or nothing, and the value."""
    depth, begun = 0, 0
    for i, letter in enumerate(text + ","):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            name = re.match(r"(\w+=)?", text[begun:i].strip())
            label = name.group() if name else ""
            yield label, text[begun:i].strip().removeprefix(label)
            begun = i + 1


def indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
