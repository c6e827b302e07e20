"""One learning rate's plan from some epoch on, and what each change makes of it."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from setpoint.errors import Fault, InvalidRequest
from setpoint.runs.change import Change, Decay, Extend, Hold, Release, Replace, Scale, Set
from setpoint.schedules.basic import Constant
from setpoint.schedules.compose import ProductOf, Shift, Stretch
from setpoint.schedules.compose import Scale as Scaled
from setpoint.schedules.decay import Ramp
from setpoint.schedules.number import END_OF_TIME
from setpoint.schedules.spec import Spec


@dataclass(frozen=True, slots=True)
class Track:
    """A schedule on a clock that shows `offset + rate * epoch`, both exact, and what lies over it.

    held: what the clock shows while it stands still. pin: a value instead of the schedule's. Factors multiply from left
    to right; a pin is multiplied by those that came after it only (`spent` were there before), for it says what the
    learning rate is to be. `scale` is the plateau policy's, and `pin_scale` its part since the pin.
    """

    schedule: Spec
    offset: Fraction = Fraction(0)
    rate: Fraction = Fraction(1)
    held: Fraction | None = None
    pin: float | None = None
    factors: tuple[float, ...] = ()
    spent: int = 0
    scale: float = 1.0
    pin_scale: float = 1.0
    floor: float = 0.0

    def clock(self, epoch: int) -> Fraction:
        return self.offset + self.rate * epoch if self.held is None else self.held

    @property
    def scale_now(self) -> float:
        """The plateau policy's scale that is in force."""
        return self.scale if self.pin is None else self.pin_scale

    def spec(self) -> Spec:
        """It as one static schedule on the run's own epochs, with the very same values."""
        spec, scale = self.unscaled(), self.scale_now
        if scale == 1.0:
            return spec
        return Scaled.model_construct(kind="scale", schedule=spec, factor=scale, floor=self.floor)

    def unscaled(self) -> Spec:
        """The same without the plateau policy."""
        factors = self.factors[self.spent :] if self.pin is not None else self.factors
        if not factors:
            return self._base()
        constants = [Constant.model_construct(kind="constant", initial_lr=factor) for factor in factors]
        return ProductOf.model_construct(kind="product", schedules=(self._base(), *constants))

    def _base(self) -> Spec:
        if self.pin is not None:
            return Constant.model_construct(kind="constant", initial_lr=self.pin)
        if self.held is not None:
            level = self.schedule.form.value(self.held)
            return Constant.model_construct(kind="constant", initial_lr=level)
        if self.rate == 1 and self.offset == 0:
            return self.schedule
        if self.rate == 1 and self.offset.denominator == 1:
            return Shift.model_construct(kind="shift", schedule=self.schedule, offset=int(self.offset))
        parts = self.parts
        return Stretch.model_construct(
            kind="stretch",
            schedule=self.schedule,
            offset=int(self.offset * parts),
            rate=int(self.rate * parts),
            parts=parts,
        )

    @property
    def parts(self) -> int:
        """Into how many parts an epoch of its clock falls, all whole numbers then."""
        return lcm(self.offset.denominator, self.rate.denominator)

    def after(self, change: Change, epoch: int) -> "Track":  # noqa: PLR0911 - one case a change
        """What `change` makes of it at `epoch`.

        Raises:
            InvalidRequest: it has no meaning here: an extension of something that has no end, say.
        """
        match change:
            case Scale(factor=factor):
                return replace(self, factors=(*self.factors, factor))
            case Set(lr=lr):
                return replace(self, pin=lr, spent=len(self.factors), pin_scale=1.0)
            case Hold():
                return replace(self, held=self.clock(epoch))
            case Release():
                return self._released(epoch)
            case Replace(schedule=schedule):
                return Track(schedule, Fraction(-epoch), floor=self.floor)
            case Decay():
                return self._decaying(change, epoch)
            case Extend(epochs=epochs):
                return self._extended(epochs, epoch)
            case _:
                raise TypeError(f"{change!r} acts on no track")

    def scaled(self, factor: float) -> "Track":
        """What a decision of the plateau policy makes of it."""
        return replace(self, scale=self.scale * factor, pin_scale=self.pin_scale * factor)

    def _released(self, epoch: int) -> "Track":
        offset = self.offset if self.held is None else self.held - self.rate * epoch
        return _exact(replace(self, offset=offset, held=None, pin=None, spent=0), epoch)

    def _decaying(self, change: Decay, epoch: int) -> "Track":
        start = self.spec().form.value(epoch)
        if change.shape == "geometric" and (start == 0 or change.final_lr == 0):
            raise _refused("/shape", "can't be geometric here: it neither starts from 0 nor gets there")
        ramp = Ramp.model_construct(
            kind="ramp", initial_lr=start, final_lr=change.final_lr, epochs=change.epochs, shape=change.shape
        )
        return Track(ramp, Fraction(-epoch), floor=self.floor)

    def _extended(self, epochs: int, epoch: int) -> "Track":
        end, shows = self.schedule.end, self.clock(epoch)
        if end is None:
            raise _refused("/op", "needs an end to put off, and this schedule has none")
        left = end - shows
        if left <= 0:
            raise _refused("/op", f"comes too late: the schedule ended at its epoch {end}")
        rate = left / (left / self.rate + epochs)
        return _exact(replace(self, rate=rate, offset=shows - rate * epoch), epoch)


def _exact(track: Track, epoch: int) -> Track:
    """`track`, if its clock stays within the whole numbers that float64 holds, from `epoch` to the schedule's end."""
    end = track.schedule.end or 0
    last = max(epoch, math.ceil((end - track.offset) / track.rate))
    widest = max(abs(track.offset), track.rate * last, Fraction(end))
    if track.parts > 1 and track.parts * widest >= END_OF_TIME:
        raise _refused("", "leaves a clock too fine to be exact; choose rounder numbers of epochs")
    return track


def _refused(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest("this change can't be made here", faults=[Fault(pointer, detail)])
