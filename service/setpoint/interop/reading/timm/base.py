"""What all of timm's schedulers take, and its warm-up."""

from abc import abstractmethod
from typing import ClassVar

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, line
from setpoint.interop.reading.reader import Flag, OnOptimizer
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


class Timm(OnOptimizer):
    """The arguments in common. Noise is drawn from torch's generator, which no schedule can say."""

    t_in_epochs: Flag = True
    noise_range_t: object = None
    noise_type: str = "normal"
    noise_pct: Real = 0.67
    noise_std: Real = 1.0
    noise_seed: Whole | None = None
    initialize: Flag = True
    warmup_t: Whole = 0
    warmup_lr_init: Real = 0.0

    def check(self) -> None:
        if self.noise_range_t is not None:
            refuse(
                "the noise comes from torch's random numbers, and only running it would tell its values",
                "noise_range_t",
            )
        if self.warmup_t < 0:
            refuse("warmup_t must not be negative", "warmup_t")


class Warmed(Timm):
    """A line from warmup_lr_init over warmup_t, and then a body.

    With warmup_prefix the body's clock starts after the warm-up; without, it has been running, and the learning rate
    jumps.
    """

    PREFIX: ClassVar[bool] = False
    warmup_prefix: Flag | None = None

    @abstractmethod
    def body(self, lr: float) -> Schedule:
        """What follows the warm-up."""

    def target(self, lr: float, body: Schedule) -> float:
        """Where the warm-up goes."""
        return lr

    def spec(self, lr: float) -> Schedule:
        body = self.body(lr)
        way = line(self.warmup_lr_init, self.target(lr, body), self.warmup_t)
        return after(way, (self.warmup_t, body), absolute=not self.prefixed)

    @property
    def prefixed(self) -> bool:
        return self.PREFIX if self.warmup_prefix is None else self.warmup_prefix
