"""How one formula is spelt: in plain Python, in jax.numpy, in keras.ops.

Plain Python counts in integers and floats of 64 bits and decides with `if`. The other two work on arrays that are
perhaps being traced: they decide by `where`, which looks at both sides, and count in 32 bits unless told otherwise.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from setpoint.interop.writing.layout import wrapped
from setpoint.interop.writing.text import atom, number, raised, whole


class Dialect(ABC):
    """`clock` is what a function calls its argument; `largest` the last epoch that can be counted."""

    functions: ClassVar[str]
    pi: ClassVar[str]
    low: ClassVar[str]
    high: ClassVar[str]
    largest: ClassVar[int]
    exact: ClassVar[bool]
    """Whether real numbers have 64 bits, whatever the settings."""

    def __init__(self, clock: str) -> None:
        self.clock = clock

    def function(self, name: str, argument: str) -> str:
        return f"{self.functions}.{name}({argument})"

    def cos_pi(self, argument: str) -> str:
        return self.function("cos", f"{self.pi} * {argument}")

    def least(self, one: str, other: str) -> str:
        return f"{self.low}({one}, {other})"

    def most(self, one: str, other: str) -> str:
        return f"{self.high}({one}, {other})"

    def grown(self, base: float, exponent: str) -> str:
        """`base ** exponent`, for a constant base and an exponent that grows with time."""
        return raised(number(base), exponent)

    def real(self, length: float) -> str:
        """A length to divide by."""
        return whole(length)

    def caught(self, value: str) -> list[str]:
        """Lines that name a value `lr`, infinite where it is too large for a float."""
        return [f"lr = {value}"]

    def later(self, by: int) -> str:
        """The clock of a member that starts at `by`."""
        return f"{self.clock} - {by}" if by else self.clock

    def from_on(self, start: int) -> str:
        """The clock, asked for from `start` on only."""
        return self.clock

    def progress(self, length: int) -> str:
        """From 0 up to 1, and 1 from `length` on."""
        return self.least(f"{self.clock} / {length}", "1")

    @abstractmethod
    def choice(self, bounds: Sequence[float], values: Sequence[str]) -> list[str]:
        """Lines that return `values[i]` from `bounds[i - 1]` on."""

    @abstractmethod
    def constant(self, name: str, values: Sequence[float]) -> list[str]:
        """Lines that define a constant array."""

    @abstractmethod
    def reached(self, bounds: str, side: str = "right") -> str:
        """How many of the bounds the clock has reached (side left: has passed)."""

    @abstractmethod
    def element(self, array: str, index: str) -> str: ...

    @abstractmethod
    def integer(self, value: str) -> str: ...


class Plain(Dialect):
    functions = "math"
    pi = "math.pi"
    low = "min"
    high = "max"
    largest = 2**53 - 1
    exact = True

    def caught(self, value: str) -> list[str]:
        return ["try:", f"    lr = {value}", "except OverflowError:", "    lr = math.inf"]

    def choice(self, bounds: Sequence[float], values: Sequence[str]) -> list[str]:
        lines: list[str] = []
        for bound, value in zip(bounds, values[:-1], strict=True):
            lines += [f"if {self.clock} < {number(bound)}:", f"    return {value}"]
        return [*lines, f"return {values[-1]}"]

    def constant(self, name: str, values: Sequence[float]) -> list[str]:
        return wrapped(f"{name} = ", values, "")

    def reached(self, bounds: str, side: str = "right") -> str:
        return f"bisect_{side}({bounds}, {self.clock})"

    def element(self, array: str, index: str) -> str:
        return f"{array}[{index}]"

    def integer(self, value: str) -> str:
        return f"int({value})"


class Traced(Dialect):
    """What jax.numpy and keras.ops have in common."""

    largest = 2**31 - 1
    exact = False

    def grown(self, base: float, exponent: str) -> str:
        if base > 0.9 and base != 1.0:  # in float32 the power of a rounded base drifts; its logarithm does not
            return self.function("exp", f"{atom(exponent)} * math.log({number(base)})")
        return super().grown(base, exponent)

    def later(self, by: int) -> str:
        """Not below 0: the side that is not taken is computed as well, and should stay finite."""
        return self.most(f"{self.clock} - {by}", "0") if by else self.clock

    def from_on(self, start: int) -> str:
        return self.most(self.clock, str(start))

    def progress(self, length: int) -> str:
        """Decided, not computed: a division that was compiled may fall short of 1."""
        return self._where(length, f"{self.clock} / {self.real(length)}", "1.0")

    def choice(self, bounds: Sequence[float], values: Sequence[str]) -> list[str]:
        if len(values) == 1:
            return [f"return {values[0]}"]
        if len(values) == 2:
            return [f"return {self._where(bounds[0], values[0], values[1])}"]
        later = [f"lr = {self._where(bound, 'lr', value)}" for bound, value in zip(bounds, values[1:], strict=True)]
        return [f"lr = {values[0]}", *later, "return lr"]

    def _where(self, bound: float, before: str, after: str) -> str:
        return f"{self.functions}.where({self.clock} < {math.ceil(bound)}, {before}, {after})"


class Jax(Traced):
    functions = "jnp"
    pi = "jnp.pi"
    low = "jnp.minimum"
    high = "jnp.maximum"

    def real(self, length: float) -> str:
        """With a point: an int32 divided by an integer is a float32, even where jax_enable_x64 is set."""
        return repr(float(length))

    def constant(self, name: str, values: Sequence[float]) -> list[str]:
        return wrapped(f"{name} = np.array(", values, ")")

    def reached(self, bounds: str, side: str = "right") -> str:
        return f'jnp.searchsorted({bounds}, {self.clock}, side="{side}")'

    def element(self, array: str, index: str) -> str:
        return f"jnp.take({array}, {index})"

    def integer(self, value: str) -> str:
        return f"jnp.asarray({value}, dtype=int)"


class Keras(Traced):
    functions = "ops"
    pi = "math.pi"
    low = "ops.minimum"
    high = "ops.maximum"

    def constant(self, name: str, values: Sequence[float]) -> list[str]:
        return wrapped(f"{name} = ", values, "")

    def reached(self, bounds: str, side: str = "right") -> str:
        passed = f"{self.clock} {'>=' if side == 'right' else '>'} ops.convert_to_tensor({bounds}, {self.clock}.dtype)"
        return f'ops.sum(ops.cast({passed}, "int32"))'

    def element(self, array: str, index: str) -> str:
        return f"ops.take({array}, {index})"

    def integer(self, value: str) -> str:
        return f'ops.cast({value}, "int32")'
