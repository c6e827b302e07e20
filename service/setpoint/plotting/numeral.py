"""How a number is written on an axis: short, and never two numbers alike."""

from collections.abc import Callable, Sequence
from decimal import Decimal

Form = Callable[[Decimal], str]


def plain(number: Decimal) -> str:
    """Without an exponent or trailing zeros: 0.025, 12, 1500."""
    return f"{number.normalize():f}" if number else "0"


def suffixed(number: Decimal) -> str:
    """With k for thousands and M for millions: 20k, 1.5M. Smaller numbers are plain."""
    for exponent, suffix in ((6, "M"), (3, "k")):
        if abs(number) >= 10**exponent:
            return plain(number.scaleb(-exponent)) + suffix
    return plain(number)


def scientific(number: Decimal) -> str:
    """With an exponent: 1e-4, 2.5e-3."""
    if not number:
        return "0"
    reduced = number.normalize()
    exponent = reduced.adjusted()
    return f"{plain(reduced.scaleb(-exponent))}e{exponent}"


# In order of preference where they cost the same.
FORMS: tuple[Form, ...] = (plain, suffixed, scientific)


def alike(numbers: Sequence[Decimal]) -> list[str]:
    """All in the one form whose worst text is best: an axis does not mix 0.0015 with 1e-3."""
    return min(([form(n) for n in numbers] for form in FORMS), key=lambda texts: max(map(_cost, texts)))


def shortest(number: Decimal) -> str:
    """In its own best form: 0.1, 0.01, 1e-3 down a logarithmic axis."""
    return min((form(number) for form in FORMS), key=_cost)


def _cost(text: str) -> int:
    """Its length; one more with a positive exponent, since 20k reads better than 2e4."""
    return len(text) + ("e" in text and "e-" not in text)


def short(number: float) -> str:
    """A float to six significant digits in its shortest form, for running text."""
    return shortest(Decimal(f"{number:.6g}"))
