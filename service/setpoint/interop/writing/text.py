"""Pieces of Python source: numbers, lists, calls."""

import math
import re
from collections.abc import Iterable, Iterator

WIDTH = 100
"""How long a line may get before a list in it is moved out into a constant."""

_ATOM = re.compile(r"[\w.]+|[\w.]+\([^()]*\)")


def number(value: float) -> str:
    """The shortest literal that reads back as the same float; an integer without a point."""
    return "math.inf" if value == math.inf else repr(value)


def whole(value: float) -> str:
    """As `number`, without the point where the value is an integer: for lengths and exponents."""
    return repr(int(value)) if float(value).is_integer() else repr(value)


def atom(text: str) -> str:
    """`text`, in parentheses unless it is a name, a number, a call or in parentheses already."""
    return text if _ATOM.fullmatch(text) or _enclosed(text) else f"({text})"


def _enclosed(text: str) -> bool:
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return letter == ")" and i == len(text) - 1
    return False


def raised(base: str, exponent: str) -> str:
    """`base ** exponent`, spaced as formatters space it."""
    if exponent == "1":
        return base
    base, exponent = atom(base), atom(exponent)
    simple = all(re.fullmatch(r"[\w.]+", side) for side in (base, exponent))
    return f"{base}**{exponent}" if simple else f"{base} ** {exponent}"


def call(name: str, *arguments: str, **named: str) -> str:
    return f"{name}({', '.join([*arguments, *(f'{key}={value}' for key, value in named.items())])})"


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
