"""The way from one learning rate to another, as text: `start + (final - start) * gone`, or by what is left of it.

Everywhere `x` is the name of the progress, 0 at the start and 1 at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass

from setpoint.interop.writing.dialect import Dialect
from setpoint.interop.writing.text import number, raised, whole
from setpoint.schedules.decay import Cosine, Linear, Polynomial, Ramp


@dataclass(frozen=True)
class Way:
    """`gone` or `left` of the way at `x`, whichever is the shorter to say; both may stand in a product."""

    gone: str = ""
    left: str = ""
    geometric: bool = False
    """Not by a share but by a power of the quotient of the two ends."""

    def between(self, start: str, final: str) -> str:
        """The learning rate at `x`; `start` and `final` are numbers or names."""
        if start == final:
            return start
        if self.geometric:
            return f"{start} * ({final} / {start}) ** x"
        if _rises(start, final):
            return _mixed(start, final, self.gone or f"(1 - {self.left})")
        return _mixed(final, start, self.left or f"(1 - {self.gone})")


def _rises(start: str, final: str) -> bool:
    """Whether that is known; a name stands for something decayed, which is the higher end."""
    try:
        return float(start) < float(final)
    except ValueError:
        return False


def _mixed(low: str, high: str, share: str) -> str:
    """From the lower end, so that the value keeps its digits where it is small."""
    return f"{high} * {share}" if low == "0.0" else f"{low} + ({high} - {low}) * {share}"


def polynomial(spec: Polynomial) -> Way:
    warped = raised("x", whole(spec.time_power))
    return Way(left=raised(f"(1 - {warped})", whole(spec.power)))


def cosine(spec: Cosine, d: Dialect) -> Way:
    """By `x`, the phase in half turns."""
    half = f"(1 + {d.cos_pi('x')}) / 2"
    return Way(left=half if spec.power == 1 else raised(f"({half})", whole(spec.power)))


def shaped(spec: Ramp | Linear, d: Dialect, epochs: str) -> Way:
    if isinstance(spec, Linear):
        return _LINEAR
    shapes: dict[str, Callable[[], Way]] = {
        "linear": lambda: _LINEAR,
        "cosine": lambda: Way(left=f"(1 + {d.cos_pi('x')}) / 2"),
        "1-sqrt": lambda: Way(gone=d.function("sqrt", "x")),
        "sqrt": lambda: Way(left=d.function("sqrt", "1 - x")),
        "1-power": lambda: Way(gone=raised("x", whole(spec.power))),
        "power": lambda: Way(left=raised("(1 - x)", whole(spec.power))),
        "geometric": lambda: Way(geometric=True),
        "exponential": lambda: _exponential(number(spec.ratio), d),
        "log": lambda: Way(gone=f"{d.function('log1p', f'x * {epochs}')} / {_log1p(epochs, d)}"),
        "tanh": lambda: _tanh(number(spec.lower), number(spec.upper), d),
    }
    return shapes[spec.shape]()


_LINEAR = Way(gone="x")


def _exponential(ratio: str, d: Dialect) -> Way:
    """By `expm1`: a ratio near 1 leaves few digits in the difference of its powers."""
    return Way(gone=f"{d.function('expm1', f'x * math.log({ratio})')} / ({ratio} - 1)")


def _tanh(lower: str, upper: str, d: Dialect) -> Way:
    return Way(gone=f"(1 + {d.function('tanh', f'{lower} * (1 - x) + {upper} * x')}) / 2")


def _log1p(epochs: str, d: Dialect) -> str:
    """A constant where the length is one."""
    return f"math.log1p({epochs})" if epochs.replace(".", "").isdigit() else d.function("log1p", epochs)
