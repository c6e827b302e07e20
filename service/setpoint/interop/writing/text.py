"""Pieces of Python source: numbers, powers, calls."""

import math
import re

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
