"""torch's schedulers made of schedulers: SequentialLR and ChainedScheduler.

Their members share one learning rate, which each multiplies, and the group's `initial_lr`, which some of them
overwrite when they are made. What that comes to is followed here as far as a spec can say it, and refused beyond.
"""

import math
from bisect import bisect_right
from itertools import pairwise

from setpoint.interop.call import Call, refuse, within
from setpoint.interop.reading.parts import after, scaled, until_gone
from setpoint.interop.reading.reader import Code, OnOptimizer, Rates, Reader, opened
from setpoint.interop.reading.torch.absolute import (
    SWALR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    OneCycleLR,
    ReduceLROnPlateau,
)
from setpoint.interop.reading.torch.relative import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    Member,
    MultiStepLR,
    PolynomialLR,
    StepLR,
    Torch,
)
from setpoint.schedules.compose import ProductOf
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Whole

AHEAD = "torch starts a composite inside a SequentialLR one step ahead, and so does this schedule"
OVERWRITTEN = "torch's CyclicLR and OneCycleLR set the initial learning rate of other members too, and so it is here"


class Composite(Torch):
    """What both have in common: a list of members."""

    schedulers: tuple[Call, ...]

    def check(self) -> None:
        super().check()
        if not self.schedulers:
            refuse(f"{type(self).__name__} expects at least one scheduler, but got no scheduler.", "schedulers")

    def members(self) -> list[Reader]:
        """The members, read.

        Raises:
            InvalidRequest: one is not a call of a scheduler of torch.
            NotConvertible: one can't be a member.
        """
        return [self._member(i, call) for i, call in enumerate(self.schedulers)]

    def _member(self, i: int, call: Call) -> Reader:
        with within(f"/arguments/schedulers/{i}"):
            member = opened(SCHEDULERS, call)
            if isinstance(member, ReduceLROnPlateau):
                refuse(f"{type(self).__name__} does not support `ReduceLROnPlateau`: its step() needs a metric")
            if isinstance(member, SWALR):
                refuse(
                    "SWALR starts from the learning rate that it finds, and counts its own steps, not the composite's"
                )
            if isinstance(member, Composite):
                member.members()  # so that what is wrong inside is found here, where it stands
            return member

    def notes(self) -> list[str]:
        return [note for member in self.members() for note in member.notes()]


class ChainedScheduler(Composite):
    """All members at once: the product of their factors, `b` counted once."""

    def factors(self) -> list[Member]:
        """The members, those of chains among them included.

        Raises:
            NotConvertible: one is no factor: it sets the learning rate, whatever the others made of it.
        """
        found: list[Member] = []
        for i, member in enumerate(self.members()):
            if isinstance(member, ChainedScheduler):
                found += member.factors()
            elif isinstance(member, Member):
                found.append(member)
            else:
                name = self.schedulers[i].scheduler
                reason = f"{name} sets the learning rate anew each time, and what follows it acts for one step only"
                refuse(reason, f"schedulers/{i}")
        return found

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        *others, last = self.members()
        undoes_the_others = isinstance(last, (CosineAnnealingWarmRestarts, OneCycleLR))
        if not others or (undoes_the_others and all(isinstance(other, Member) for other in others)):
            return last.specs(rates)
        factors = self.factors()
        return tuple(product(factors, lr, None) for lr in rates)

    def one_ahead(self, lr: float, until: int | None) -> Schedule:
        """What it does as the first member of a SequentialLR, for so many epochs."""
        factors = self.factors()
        jolt = math.prod(member.jolt() for member in factors)
        if jolt != 1.0:
            for member in factors:
                _refuse_past_its_end(member, until)
        return scaled(product(factors, lr, until), jolt)


def product(members: list[Member], lr: float, until: int | None) -> Schedule:
    """`lr` times the members' factors, for so many epochs.

    Raises:
        NotConvertible: a cosine is no longer a factor past its end, where it rises by adding.
    """
    if len(members) == 1:
        return members[0].spec(lr)
    for member in members:
        last = member.last_factor_epoch()
        others = [other for other in members if other is not member]
        if last is not None and (until is None or until > last + 1) and not _neutral(others, last):
            refuse(
                f"from epoch {last + 1} on CosineAnnealingLR adds to the learning rate, and no longer multiplies it; "
                "the nearest schedule is a product that ends there"
            )
    first, *others = members
    return until_gone(ProductOf(schedules=(first.spec(lr), *(other.spec(1.0) for other in others))))


def _refuse_past_its_end(member: Member, stop: int | None) -> None:
    """See that a member that starts one step ahead, and so from another learning rate, goes on as a factor to the end.

    Raises:
        NotConvertible: it is a cosine that does not.
    """
    last = member.last_factor_epoch()
    if last is not None and (stop is None or stop > last + 1):
        refuse("CosineAnnealingLR starts one step ahead there, and past its end no longer multiplies")


def _neutral(members: list[Member], epoch: int) -> bool:
    """Whether all their factors are 1 from `epoch` on."""
    starts = [member.neutral_from() for member in members]
    return all(start is not None and start <= epoch for start in starts)


class SequentialLR(Composite):
    """Member i from milestone i - 1 on, on its own clock, and each from the initial learning rate anew."""

    milestones: tuple[Whole, ...]

    def check(self) -> None:
        super().check()
        if len(self.milestones) != len(self.schedulers) - 1:
            refuse(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(self.schedulers)} and the number of milestones "
                f"to be equal to {len(self.milestones)}",
                "milestones",
            )
        if any(later < earlier for earlier, later in pairwise(self.milestones)):
            refuse("milestones out of order: torch searches them as if they were sorted", "milestones")

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        members = self.members()
        self._refuse_what_collides(members)
        bases = _bases(members, rates)
        return tuple(self._group(members, bases, group) for group in range(len(bases[0])))

    def _group(self, members: list[Reader], bases: list[Rates], group: int) -> Schedule:
        first = bisect_right(self.milestones, 0)
        start = bases[-1][group]
        with within(f"/arguments/schedulers/{first}"):
            head = self._started(members[first], bases[first][group], start, self._length(first), group, bases)
        later = [
            (self.milestones[i - 1], self._later(i, members[i], bases[i], group))
            for i in range(first + 1, len(members))
            if self._length(i) != 0
        ]
        return after(head, *later)

    def _length(self, i: int) -> int | None:
        """How many epochs member i has; None for the last."""
        stops = (*self.milestones, None)
        stop, start = stops[i], max(self.milestones[i - 1], 0) if i > 0 else 0
        return None if stop is None else stop - start

    def _started(
        self, member: Reader, base: float, start: float, until: int | None, group: int, bases: list[Rates]
    ) -> Schedule:
        """What the first member does: it multiplies the initial learning rate as the last member left it."""
        if isinstance(member, (ChainedScheduler, SequentialLR)):
            return member.one_ahead(start, until)
        if isinstance(member, CosineAnnealingLR) and start != base and (until is None or until > member.T_max + 1):
            refuse("CosineAnnealingLR goes on, past T_max, from another initial learning rate than it started from")
        if isinstance(member, Member):
            return member.spec(start)
        return _alone(member, base, group, len(bases[0]))

    def _later(self, i: int, member: Reader, base: Rates, group: int) -> Schedule:
        with within(f"/arguments/schedulers/{i}"):
            if isinstance(member, Composite):
                refuse(f"NotImplementedError at epoch {self.milestones[i - 1]}: a composite can't be started again")
            if isinstance(member, Member):
                return member.started_later(base[group])
            return _alone(member, base[group], group, len(base))

    def one_ahead(self, lr: float, until: int | None) -> Schedule:
        """What it does as the first member of another, for so many epochs: its clock is one step ahead."""
        members = self.members()
        if not all(isinstance(member, (Member, CosineAnnealingWarmRestarts)) for member in members):
            refuse("a composite of composites, or of CyclicLR or OneCycleLR, inside another: too entangled to be said")
        first = bisect_right(self.milestones, 0)
        head, *later = [
            (start - 1, self._later(i, member, (lr,), 0) if i > first else _alone(member, lr, 0, 1))
            for i, (start, member) in enumerate(zip((0, *self.milestones), members, strict=True))
            if i >= first
        ]
        leader = members[first]
        if isinstance(leader, Member):
            if leader.jolt() != 1.0:
                _refuse_past_its_end(leader, later[0][0] if later else until)
            return after(scaled(head[1], leader.jolt()), *later)
        return after(head[1], *later)

    def _refuse_what_collides(self, members: list[Reader]) -> None:
        absolute = [member for member in members if isinstance(member, (CyclicLR, OneCycleLR))]
        if sum(isinstance(member, OneCycleLR) for member in absolute) > 1:
            refuse("two OneCycleLR share the group's max_lr: the last one made counts for both", "schedulers")
        if absolute and any(isinstance(member, Composite) for member in members):
            refuse("CyclicLR or OneCycleLR beside a composite: too entangled to be said", "schedulers")
        for i, member in enumerate(members):
            length = self._length(i)
            if isinstance(member, OneCycleLR) and length is not None and length > member.steps + 1:
                epoch = (self.milestones[i - 1] if i > 0 else 0) + member.steps + 1
                refuse(f"ValueError at epoch {epoch}: OneCycleLR is past its total_steps", f"schedulers/{i}")

    def notes(self) -> list[str]:
        members = self.members()
        found = [note for member in members for note in member.notes() if not note.startswith("from epoch")]
        last = members[-1]
        if isinstance(last, OneCycleLR):
            epoch = (self.milestones[-1] if self.milestones else 0) + last.steps + 1
            found.append(f"from epoch {epoch} on torch raises ValueError, past OneCycleLR's total number of steps")
        if len(members) > 1 and any(isinstance(member, (OneCycleLR, CyclicLR)) for member in members):
            found.append(OVERWRITTEN)
        if any(isinstance(member, Composite) for member in members):
            found.append(AHEAD)
        return found


def _alone(member: Reader, lr: float, group: int, groups: int) -> Schedule:
    """What a member does by itself, for one group of so many."""
    if isinstance(member, OnOptimizer):
        return member.spec(lr)
    return member.specs((lr,) * groups)[group]


def _bases(members: list[Reader], rates: Rates) -> list[Rates]:
    """The groups' `initial_lr` as each member finds it when it is made; the first starts from what the last found.

    CyclicLR writes its `base_lr` into the optimizer before anyone has noted an initial learning rate; OneCycleLR
    overwrites it.
    """
    found: list[Rates] = []
    initial: Rates | None = None
    for member in members:
        if isinstance(member, OneCycleLR) or (isinstance(member, CyclicLR) and initial is None):
            initial = tuple(spec.lr(0) for spec in member.specs(rates))
        elif initial is None:
            initial = rates
        found.append(initial or rates)
    return found


SCHEDULERS: dict[str, type[Reader]] = {
    "LambdaLR": Code,
    "MultiplicativeLR": Code,
    "StepLR": StepLR,
    "MultiStepLR": MultiStepLR,
    "ConstantLR": ConstantLR,
    "LinearLR": LinearLR,
    "ExponentialLR": ExponentialLR,
    "PolynomialLR": PolynomialLR,
    "CosineAnnealingLR": CosineAnnealingLR,
    "CosineAnnealingWarmRestarts": CosineAnnealingWarmRestarts,
    "CyclicLR": CyclicLR,
    "OneCycleLR": OneCycleLR,
    "SWALR": SWALR,
    "ReduceLROnPlateau": ReduceLROnPlateau,
    "SequentialLR": SequentialLR,
    "ChainedScheduler": ChainedScheduler,
}
