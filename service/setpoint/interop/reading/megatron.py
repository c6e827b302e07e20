"""megatron.core.optimizer_param_scheduler: one class, whose lr_decay_style tells what it does.

`t` counts what `step(increment)` is told: often samples rather than iterations. `w` is lr_warmup_steps, `D`
lr_decay_steps.
"""

from collections.abc import Iterable

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant, line, ramp, shifted
from setpoint.interop.reading.reader import ByItself, Flag, Reader
from setpoint.schedules.compose import Clamp
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole
from setpoint.schedules.shape import ShapeName
from setpoint.schedules.warm import InverseSqrt

DECAY: dict[str | None, ShapeName] = {
    "linear": "linear",
    "cosine": "cosine",
    "exponential": "exponential",
    "minus_sqrt": "1-sqrt",
}
STYLES = ("constant", "linear", "cosine", "inverse-square-root", "WSD")


class OptimizerParamScheduler(ByItself):
    """A line from init_lr to max_lr over `w`, up to and with `t = w`; then the style; past `D` min_lr."""

    init_lr: Real
    max_lr: Real
    min_lr: Real
    lr_warmup_steps: Whole
    lr_decay_steps: Whole
    lr_decay_style: str
    wsd_decay_steps: Whole | None = None
    lr_wsd_decay_style: str | None = None
    start_wd: Real = 0.0
    end_wd: Real = 0.0
    wd_incr_steps: Whole = 0
    wd_incr_style: str = "constant"
    use_checkpoint_opt_param_scheduler: Flag = True
    override_opt_param_scheduler: Flag = False

    def check(self) -> None:
        if not 0 <= self.min_lr <= self.max_lr:
            refuse("AssertionError: 0 <= min_lr <= max_lr must hold", "min_lr")
        if self.init_lr > self.max_lr:
            refuse("AssertionError: init_lr must not be above max_lr", "init_lr")
        if self.lr_decay_steps <= 0:
            refuse("AssertionError: lr_decay_steps must be above 0", "lr_decay_steps")
        if not 0 <= self.lr_warmup_steps < self.lr_decay_steps:
            refuse("AssertionError: lr_warmup_steps must be below lr_decay_steps", "lr_warmup_steps")
        if self.lr_decay_style not in STYLES:
            refuse(f"{self.lr_decay_style} decay style is not supported.", "lr_decay_style")
        if self.lr_decay_style == "WSD":
            self._check_wsd()

    def _check_wsd(self) -> None:
        if self.wsd_decay_steps is None:
            refuse("AssertionError: wsd_decay_steps is needed", "wsd_decay_steps")
        if self.wsd_decay_steps <= 0:
            refuse("wsd_decay_steps must be above 0", "wsd_decay_steps")
        if self.lr_wsd_decay_style not in DECAY:
            reason = f"AssertionError where the decay begins: it does not know the style {self.lr_wsd_decay_style}"
            refuse(reason, "lr_wsd_decay_style")

    def spec(self) -> Schedule:
        w = self.lr_warmup_steps
        if w == 0:
            return self._style()
        return after(line(self.init_lr, self.max_lr, w), (w + 1, self._style()), absolute=True)

    def _style(self) -> Schedule:
        """What follows the warm-up, on the clock of the whole."""
        w, length = self.lr_warmup_steps, self.lr_decay_steps - self.lr_warmup_steps
        if self.lr_decay_style == "constant":
            return constant(self.max_lr)
        if self.lr_decay_style == "inverse-square-root":
            return after(self._inverse_sqrt(), (self.lr_decay_steps + 1, constant(self.min_lr)), absolute=True)
        if self.lr_decay_style == "WSD":
            annealing = self.wsd_decay_steps or 0
            shape = DECAY[self.lr_wsd_decay_style]
            return shifted(ramp(self.max_lr, self.min_lr, annealing, shape), annealing - self.lr_decay_steps)
        return shifted(ramp(self.max_lr, self.min_lr, length, DECAY[self.lr_decay_style]), -w)

    def _inverse_sqrt(self) -> Schedule:
        """`max(min_lr, max_lr * sqrt(max(w, 1) / max(t, 1)))`."""
        since = max(self.lr_warmup_steps, 1)
        way = shifted(InverseSqrt(peak_lr=self.max_lr, timescale=since), -since)
        return Clamp(schedule=way, min_lr=self.min_lr) if self.min_lr > 0 else way

    def notes(self) -> Iterable[str]:
        return ["an epoch here is what step(increment) counts: in Megatron's own training loop, samples"]


SCHEDULERS: dict[str, type[Reader]] = {"OptimizerParamScheduler": OptimizerParamScheduler}
