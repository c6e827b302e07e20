"""timm's warmup-stable-decay: `t` counts from the end of the warm-up."""

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant, line
from setpoint.interop.reading.restarts import sampled
from setpoint.interop.reading.timm.base import Timm
from setpoint.schedules.compose import ProductOf
from setpoint.schedules.decay import InverseTime, Ramp
from setpoint.schedules.kernel import power
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole
from setpoint.schedules.shape import ShapeName

STABLE = ("constant", "rsqrt", "power")
DECAY: dict[str, ShapeName] = {
    "linear": "linear",
    "1-sqrt": "1-sqrt",
    "cosine": "cosine",
    "power": "1-power",
    "exp": "exponential",
}


class WSDLRScheduler(Timm):
    """`s = max(b * stable(t), lr_min)`, and over the last decay_t of t_initial `lr_min + (s - lr_min) * decay(x)`."""

    t_initial: Whole
    decay_t: Whole
    lr_min: Real = 0.0
    stable_fn: str = "constant"
    stable_timescale: Real | None = None
    stable_power: Real = 0.5
    decay_fn: str = "1-sqrt"
    decay_power: Real = 0.5
    decay_ratio: Real = 0.1

    def check(self) -> None:
        super().check()
        if self.t_initial <= 0:
            refuse(f"Invalid t_initial ({self.t_initial}), must be > 0.", "t_initial")
        if not 0 < self.decay_t <= self.t_initial:
            reason = f"Invalid decay_t ({self.decay_t}), must be in (0, t_initial] w/ t_initial={self.t_initial}."
            refuse(reason, "decay_t")
        if self.lr_min < 0:
            refuse(f"Invalid lr_min ({self.lr_min}), must be >= 0.", "lr_min")
        if self.decay_fn not in DECAY:
            refuse(f"Invalid decay_fn ({self.decay_fn}), must be one of {tuple(DECAY)} or a callable.", "decay_fn")
        if not 0 < self.decay_ratio < 1:
            refuse(f"Invalid decay_ratio ({self.decay_ratio}), must be in (0, 1).", "decay_ratio")
        if self.decay_power <= 0:
            refuse(f"Invalid decay_power ({self.decay_power}), must be > 0.", "decay_power")
        self._check_stable()

    def _check_stable(self) -> None:
        if self.stable_fn not in STABLE:
            refuse(f"Invalid stable_fn ({self.stable_fn}), must be one of {STABLE}.", "stable_fn")
        if self.stable_power <= 0:
            refuse(f"Invalid stable_power ({self.stable_power}), must be > 0.", "stable_power")
        if self.stable_fn != "constant" and self.timescale <= 0:
            refuse(f"stable_fn={self.stable_fn} requires a positive stable_timescale", "stable_timescale")

    @property
    def timescale(self) -> float:
        return self.warmup_t if self.stable_timescale is None else self.stable_timescale

    def spec(self, lr: float) -> Schedule:
        return after(line(self.warmup_lr_init, lr, self.warmup_t), (self.warmup_t, self._body(lr)))

    def _body(self, lr: float) -> Schedule:
        begin = self.t_initial - self.decay_t
        if self.stable_fn == "constant":
            top = max(lr, self.lr_min)
            return after(constant(top), (begin, self._decay(top, self.lr_min)))
        stable = InverseTime(initial_lr=lr, decay_rate=1.0, decay_epochs=self.timescale, power=self.exponent)
        if self.lr_min == 0:
            return ProductOf(schedules=(stable, after(constant(1.0), (begin, self._decay(1.0, 0.0)))))
        return sampled(lambda t: self._value(lr, t), self.t_initial + 1)  # a sum of products is no product

    @property
    def exponent(self) -> float:
        return 0.5 if self.stable_fn == "rsqrt" else self.stable_power

    def _decay(self, start: float, final: float) -> Ramp:
        return Ramp(
            initial_lr=start,
            final_lr=final,
            epochs=self.decay_t,
            shape=DECAY[self.decay_fn],
            power=self.decay_power,
            ratio=self.decay_ratio,
        )

    def _value(self, lr: float, t: int) -> float:
        stable = max(lr * power(1.0 + t / self.timescale, -self.exponent), self.lr_min)
        passed = t - (self.t_initial - self.decay_t)
        if passed <= 0:
            return stable
        return self.lr_min + (stable - self.lr_min) * self._decay(1.0, 0.0).lr(min(passed, self.decay_t))
