"""The one-cycle policy as torch, Paddle and MMEngine compute it, whose knots are real numbers that may lie anywhere.

Phase i runs from the end of the phase before it to its own end, and the first phase whose end is not before `t`
counts. With a `pct_start` near 0 or 1 a phase may end before epoch 0, or after the cycle, or have no length; then it
takes no part, or the library divides by zero.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from setpoint.interop.call import refuse
from setpoint.schedules.basic import Points
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.warm import OneCycle

Shape: TypeAlias = Literal["linear", "cosine"]
Knot: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cycle:
    """Through `initial` at 0, `peak` at `pct_start * steps - 1` and `final` at `steps - 1`.

    With `three_phase` it passes `initial` again at `2 * pct_start * steps - 2`.
    """

    steps: int
    pct_start: float
    initial: float
    peak: float
    final: float
    three_phase: bool
    shape: Shape

    def knots(self) -> list[Knot]:
        top = float(self.pct_start * self.steps) - 1
        down = [(float(2 * self.pct_start * self.steps) - 2, self.initial)] if self.three_phase else []
        return [(0.0, self.initial), (top, self.peak), *down, (float(self.steps - 1), self.final)]

    def spec(self, div_factor: float = 0.0, final_div_factor: float = 0.0) -> Schedule:
        """The schedule up to epoch `steps`, the last that the library answers for.

        Raises:
            NotConvertible: the library divides by zero, or goes below 0 at epoch `steps`.
        """
        knots = self._seen()
        if self.shape == "cosine":
            if div_factor and knots == self.knots():
                return self._named(div_factor, final_div_factor)
            return Points(points=tuple(knots), shape="cosine", past_end="continue")
        return Points(points=(*knots, *self._one_more(knots)), shape="linear")

    def _named(self, div_factor: float, final_div_factor: float) -> OneCycle:
        return OneCycle(
            peak_lr=self.peak,
            epochs=self.steps,
            pct_start=self.pct_start,
            div_factor=div_factor,
            final_div_factor=final_div_factor,
            three_phase=self.three_phase,
            shape=self.shape,
            past_end="continue",
        )

    def _seen(self) -> list[Knot]:
        """The knots between which epochs 0 to `steps` lie."""
        knots = self.knots()
        phases = list(pairwise(knots))
        seen: list[Knot] = []
        epoch = 0.0
        for i, (start, end) in enumerate(phases):
            is_last = i == len(phases) - 1
            if end[0] < epoch and not is_last:
                seen = [end] if end[0] < 0 else [*seen, end]
                continue
            if end[0] == start[0]:
                refuse(f"ZeroDivisionError at epoch {epoch:g}: a phase has no length", "pct_start")
            seen = [*(seen or [start]), end]
            epoch = end[0] // 1 + 1
            if epoch > self.steps:
                break
        return seen

    def _one_more(self, knots: list[Knot]) -> list[Knot]:
        """Where the last line is at epoch `steps`, one past its end: the last value that the library gives."""
        (e0, lr0), (e1, lr1) = knots[-2:]
        if e1 >= self.steps:
            return []
        value = lr0 + (lr1 - lr0) * ((self.steps - e0) / (e1 - e0))
        if value < 0:
            nearest: dict[str, object] = {"kind": "points", "points": knots, "shape": "linear"}
            refuse(
                f"at epoch {self.steps}, one past its end, the library gives the negative learning rate {value!r}; "
                "the nearest schedule is the same at every epoch before that, and then holds",
                nearest=nearest,
            )
        return [(float(self.steps), value)]
