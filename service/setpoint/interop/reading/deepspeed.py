"""deepspeed.runtime.lr_schedules. `t` counts calls of `step()` after construction, and `k = t - 1`.

The constructor sets the learning rate of a step -1, so most of them are one step behind their own formula: epochs 0
and 1 both have the lowest learning rate.
"""

from collections.abc import Iterable

from setpoint.errors import Fault, InvalidRequest
from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant, line, ramp, shifted
from setpoint.interop.reading.reader import Flag, OnOptimizer, PerGroup, Rates, Reader, per_group
from setpoint.schedules.basic import Piecewise
from setpoint.schedules.decay import Cosine, InverseTime
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole

MOST_STAIRS = 4096


class DeepSpeed(Reader):
    """What all have in common."""

    last_batch_iteration: Whole = -1

    def check(self) -> None:
        if self.last_batch_iteration != -1:
            refuse("last_batch_iteration resumes inside the library", "last_batch_iteration")


class Warming(DeepSpeed):
    """A warm-up by `log(k + 1) / log(w)`, or (linear) by `k / w`; `w` is at least 2."""

    warmup_num_steps: Whole = 1000
    warmup_type: str = "log"

    def check(self) -> None:
        super().check()
        if self.warmup_num_steps <= 0:
            refuse(f"warmup_num_steps must be a positive integer, got {self.warmup_num_steps}", "warmup_num_steps")

    @property
    def w(self) -> int:
        return max(2, self.warmup_num_steps)

    def way(self, start: float, final: float) -> Schedule:
        """The warm-up by `k`."""
        return line(start, final, self.w) if self.warmup_type == "linear" else ramp(start, final, self.w - 1, "log")

    def notes(self) -> Iterable[str]:
        if self.warmup_type not in ("log", "linear"):
            yield f"deepspeed does not know the warmup_type {self.warmup_type!r}, and takes log"


class WarmupLR(Warming):
    """From warmup_min_lr up to warmup_max_lr, the optimizer's own unless given, and then that."""

    initial_lr = "overwritten"
    warmup_min_lr: PerGroup = 0.0
    warmup_max_lr: PerGroup | None = None

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        tops = self.warmup_max_lr
        if tops is None:
            if not rates:
                detail = "is required where warmup_max_lr is left out"
                raise InvalidRequest("there is no learning rate to warm up to", faults=[Fault("/initial_lr", detail)])
            tops = rates[0]
        groups = len(rates) or max(
            [len(value) for value in (tops, self.warmup_min_lr) if isinstance(value, tuple)], default=1
        )
        low, high = per_group("min_lr", self.warmup_min_lr, groups), per_group("max_lr", tops, groups)
        return tuple(shifted(self.by_k(*ends), -1) for ends in zip(low, high, strict=True))

    def by_k(self, low: float, high: float) -> Schedule:
        """The schedule by `k`."""
        return self.way(low, high)


class WarmupDecayLR(WarmupLR):
    """The same, then a line down to warmup_min_lr at `k = total_num_steps`."""

    total_num_steps: Whole
    warmup_max_lr: PerGroup | None = 0.001

    def by_k(self, low: float, high: float) -> Schedule:
        return after(self.way(low, high), (self.w, line(high, low, self.total_num_steps - self.w)))


class WarmupCosineLR(Warming, OnOptimizer):
    """0 at epoch 0; from `b * warmup_min_ratio` up to `b`, then a cosine of `k + 1` down to `b * cos_min_ratio`."""

    total_num_steps: Whole
    warmup_min_ratio: Real = 0.0
    cos_min_ratio: Real = 1e-4

    def spec(self, lr: float) -> Schedule:
        length = max(1, self.total_num_steps - self.w)
        decay = Cosine(initial_lr=lr, min_lr=lr * self.cos_min_ratio, epochs=length)
        by_k = after(self.way(lr * self.warmup_min_ratio, lr), (self.w, shifted(decay, 1)))
        return after(constant(0.0), (1, by_k))


class LRRangeTest(DeepSpeed):
    """`min_lr * (1 + rate * t / step_size)`, rising without end; staircase: `floor(t / step_size)`."""

    initial_lr = "overwritten"
    lr_range_test_min_lr: PerGroup = 1e-3
    lr_range_test_step_size: Whole = 2000
    lr_range_test_step_rate: Real = 1.0
    lr_range_test_staircase: Flag = False

    def check(self) -> None:
        super().check()
        if self.lr_range_test_step_size <= 0:
            refuse("lr_range_test_step_size must be above 0", "lr_range_test_step_size")

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        lowest = self.lr_range_test_min_lr
        groups = len(rates) or (len(lowest) if isinstance(lowest, tuple) else 1)
        return tuple(self._rising(low) for low in per_group("lr_range_test_min_lr", lowest, groups))

    def _rising(self, low: float) -> Schedule:
        return InverseTime(
            initial_lr=low,
            decay_rate=self.lr_range_test_step_rate,
            decay_epochs=self.lr_range_test_step_size,
            power=-1.0,
            staircase=self.lr_range_test_staircase,
        )


class OneCycle(DeepSpeed):
    """A triangle from cycle_min_lr to cycle_max_lr and back; then `cycle_min_lr / (1 + rate * u / decay_step_size)`."""

    initial_lr = "overwritten"
    cycle_min_lr: Real
    cycle_max_lr: Real
    decay_lr_rate: Real = 0.0
    cycle_first_step_size: Whole = 2000
    cycle_second_step_size: Whole | None = None
    cycle_first_stair_count: Whole = 0
    cycle_second_stair_count: Whole | None = None
    decay_step_size: Real = 0.0
    cycle_momentum: Flag = True
    cycle_min_mom: Real = 0.8
    cycle_max_mom: Real = 0.9
    decay_mom_rate: Real = 0.0

    def check(self) -> None:
        super().check()
        if self.up <= 0 or self.down <= 0:
            refuse("ZeroDivisionError: the steps up and down must be above 0", "cycle_first_step_size")
        if self.decay_step_size < 0:
            refuse("decay_step_size must not be negative", "decay_step_size")

    @property
    def up(self) -> int:
        return self.cycle_first_step_size

    @property
    def down(self) -> int:
        return self.up if self.cycle_second_step_size is None else self.cycle_second_step_size

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        whole = after(self._rise(), (self.up, self._fall()), (self.up + self.down, self._decay()))
        return (whole,) * max(len(rates), 1)

    def _rise(self) -> Schedule:
        n, low, high = self.cycle_first_stair_count, self.cycle_min_lr, self.cycle_max_lr
        if n <= 0:
            return line(low, high, self.up)
        starts = [ceil_div(i * self.up, n) for i in range(1, n + 1)]
        return stairs(starts, [low + (high - low) * (i / n) for i in range(n + 1)])

    def _fall(self) -> Schedule:
        n = self.cycle_first_stair_count if self.cycle_second_stair_count is None else self.cycle_second_stair_count
        low, high = self.cycle_min_lr, self.cycle_max_lr
        if n <= 0:
            return line(high, low, self.down)
        starts = [self.down - ceil_div((i + 1) * self.down, n) + 1 for i in reversed(range(n))]
        return stairs(starts, [low + (high - low) * (i / n) for i in reversed(range(n + 1))])

    def _decay(self) -> Schedule:
        if self.decay_step_size == 0 or self.decay_lr_rate == 0:
            return constant(self.cycle_min_lr)
        length = self.decay_step_size
        return InverseTime(initial_lr=self.cycle_min_lr, decay_rate=self.decay_lr_rate, decay_epochs=length)

    def notes(self) -> Iterable[str]:
        if self.cycle_momentum:
            yield "the momentum that it cycles is not imported: it is a hyperparameter, with a schedule of its own"


def ceil_div(number: int, by: int) -> int:
    return -(-number // by)


def stairs(starts: list[int], values: list[float]) -> Schedule:
    """The first value, and each of the others from its start on."""
    if len(starts) > MOST_STAIRS:
        refuse(f"more than {MOST_STAIRS} stairs can't be said", "cycle_first_stair_count")
    return Piecewise(milestones=tuple(starts), values=tuple(values))


SCHEDULERS: dict[str, type[Reader]] = {
    "WarmupLR": WarmupLR,
    "WarmupDecayLR": WarmupDecayLR,
    "WarmupCosineLR": WarmupCosineLR,
    "LRRangeTest": LRRangeTest,
    "OneCycle": OneCycle,
}
