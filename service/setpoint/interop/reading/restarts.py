"""Cosines that restart, where a library works out in floating point which cycle an epoch is in.

Where the boundary of two cycles is a whole epoch, rounding may put that epoch into the earlier one: a restart that is
missed by one epoch. The libraries' own arithmetic is done here at those epochs, so that nothing differs without being
seen.
"""

import math
from fractions import Fraction

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant
from setpoint.schedules.basic import Table
from setpoint.schedules.cycle import CosineRestarts
from setpoint.schedules.kinds import Schedule

LONGEST_TABLE = 65_536


def hard_restarts(lr: float, epochs: int, cycles: float) -> Schedule:
    """Hugging Face's `lr * (1 + cos(pi frac(cycles * t / epochs))) / 2` before `epochs`, then 0.

    A table of its own values, where rounding moves a restart.
    """
    if cycles == 0:
        return after(constant(lr), (epochs, constant(0.0)))
    if not _on_time(epochs, cycles):
        return _sampled(lr, epochs, cycles)
    once = CosineRestarts(initial_lr=lr, cycle_epochs=epochs / cycles)
    return after(once, (epochs, constant(0.0)))


def _on_time(epochs: int, cycles: float) -> bool:
    """Whether both the library and `cosine_restarts` restart at each boundary that is a whole epoch."""
    apart = epochs / Fraction(cycles)  # between two restarts
    step = apart.denominator  # every so many restarts are on a whole epoch
    length = epochs / cycles
    for k in range(step, math.ceil(cycles), step):
        t = int(apart * k)
        if (float(cycles) * (t / epochs)) % 1.0 != 0.0 or length * k > t:
            return False
    return True


def _sampled(lr: float, epochs: int, cycles: float) -> Schedule:
    if epochs >= LONGEST_TABLE:
        refuse("rounding makes the library miss a restart by one epoch, and the schedule is too long for a table")
    factors = [0.5 * (1.0 + math.cos(math.pi * ((cycles * (t / epochs)) % 1.0))) for t in range(epochs)]
    return Table(values=(*(lr * factor for factor in factors), 0.0))
