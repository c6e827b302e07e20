"""The functions of a snippet, one for each schedule in it, the innermost first."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from setpoint.interop.writing.dialect import Dialect
from setpoint.interop.writing.layout import indented
from setpoint.interop.writing.text import number
from setpoint.schedules.basic import Constant
from setpoint.schedules.spec import Spec

Formula: TypeAlias = Callable[[Spec, "Script"], list[str]]
"""Lines that return the learning rate of the clock."""


class Script:
    """Source being written. Names are given in the order in which they are asked for: one schedule, one text."""

    def __init__(self, dialect: Dialect, formula: Formula) -> None:
        self.dialect = dialect
        self.fractional = False
        """Whether the clock may stand between two epochs where the next function is called."""
        self._formula = formula
        self._constants: list[str] = []
        self._functions: list[str] = []
        self._used = {dialect.clock: 1}

    def function(self, spec: Spec, name: str | None = None) -> str:
        """Defines the schedule as a function of the clock, and gives its name."""
        lines = self._formula(spec, self)
        name = self._unused(name or spec.plain()["kind"])
        self._functions.append("\n".join([f"def {name}({self.dialect.clock}):", *indented(lines)]))
        return name

    def value(self, spec: Spec, clock: str, name: str | None = None) -> str:
        """The schedule at `clock`: a call, or the number where it never changes."""
        return number(spec.initial_lr) if isinstance(spec, Constant) else f"{self.function(spec, name)}({clock})"

    def constant(self, name: str, values: Sequence[float]) -> str:
        """Defines an array, and gives its name."""
        name = self._unused(name)
        self._constants += self.dialect.constant(name, values)
        return name

    def _unused(self, name: str) -> str:
        count = self._used[name] = self._used.get(name, 0) + 1
        return name if count == 1 else f"{name}_{count}"

    @property
    def blocks(self) -> list[str]:
        """The constants, then the functions."""
        functions = "\n\n\n".join(self._functions)
        constants = ["\n".join(self._constants)] if self._constants else []
        return [*constants, *([functions] if functions else [])]
