"""MMEngine's lists of schedulers, its plateau policy, and the names of them all."""

from collections.abc import Iterable
from typing import Literal

from setpoint.interop.call import Call, refuse, within
from setpoint.interop.reading.mmengine.members import (
    INF,
    ConstantLR,
    CosineAnnealingLR,
    CosineRestartLR,
    ExponentialLR,
    LinearLR,
    MMEngine,
    MultiStepLR,
    OneCycleLR,
    PolyLR,
    StepLR,
)
from setpoint.interop.reading.parts import after, constant, shifted, until_gone
from setpoint.interop.reading.reader import PerGroup, Rates, Reader, one_floor, opened, per_group
from setpoint.plateau.spec import PlateauSpec
from setpoint.plateau.variants import TorchPlateau
from setpoint.schedules.compose import ProductOf
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


class ReduceOnPlateauLR(MMEngine):
    """torch's policy, with other names."""

    monitor: str = "loss"
    rule: Literal["less", "greater"] = "less"
    factor: Real = 0.1
    patience: Whole = 10
    threshold: Real = 1e-4
    threshold_rule: Literal["rel", "abs"] = "rel"
    cooldown: Whole = 0
    min_value: PerGroup = 0.0
    eps: Real = 1e-8

    def check(self) -> None:
        super().check()
        if self.factor >= 1:
            refuse("Factor should be < 1.0.", "factor")
        if self.threshold < 0:
            refuse(f"threshold {self.threshold} should be >= 0.", "threshold")
        if not self.by_epoch:
            refuse("AssertionError: it goes by epochs only", "by_epoch")
        if self.begin != 0 or self.end < INF:
            refuse("a policy that acts from begin to end only can't be said", "begin")

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        return tuple(constant(lr) for lr in rates)

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        refuse("ReduceOnPlateauLR beside other schedulers: the policy would act on what they make, and they on that")

    def plateau(self, groups: int) -> PlateauSpec:
        return TorchPlateau(
            mode="min" if self.rule == "less" else "max",
            factor=max(self.factor, 0.0),
            patience=self.patience,
            threshold=self.threshold,
            threshold_mode=self.threshold_rule,
            cooldown=max(self.cooldown, 0),
            min_lr=one_floor(per_group("min_value", self.min_value, groups)),
            eps=self.eps,
        )

    def notes(self) -> Iterable[str]:
        return ["mmengine starts from a best of 1e9, and not of infinity: a first metric beyond that is bad there"]


class ParamScheduler(Reader):
    """All schedulers of a training, in the order in which they are stepped."""

    schedulers: tuple[Call, ...]

    def members(self) -> list[MMEngine]:
        """The schedulers, read."""
        return [self._member(i, call) for i, call in enumerate(self.schedulers)]

    def _member(self, i: int, call: Call) -> MMEngine:
        with within(f"/arguments/schedulers/{i}"):
            member = opened(MEMBERS, call)
        assert isinstance(member, MMEngine)
        return member

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        members = self.members()
        return members[0].specs(rates) if len(members) == 1 else together(members, rates)

    def plateau(self, groups: int) -> PlateauSpec | None:
        members = self.members()
        return members[0].plateau(groups) if len(members) == 1 else None

    def notes(self) -> Iterable[str]:
        return [note for member in self.members() for note in member.notes()]


def together(members: list[MMEngine], rates: Rates) -> tuple[Schedule, ...]:
    """What several schedulers make of each group's learning rate.

    Raises:
        NotConvertible: one bends the learning rate while another moves it.
    """
    if len({member.by_epoch for member in members}) > 1:
        refuse("some go by epochs and some by iterations: how many of these an epoch has is not said", "schedulers")
    bends = sorted((member for member in members if not member.is_factor), key=lambda member: member.begin)
    for bend in bends:
        _refuse_company(bend, [member for member in members if member is not bend])
    for member in members:
        member.check_groups(len(rates))
    factors = [member for member in members if member.is_factor]
    return tuple(_one_after_another(factors, bends, lr, group) for group, lr in enumerate(rates))


def _refuse_company(bend: MMEngine, others: list[MMEngine]) -> None:
    """Refuse it where another moves the learning rate that it bends."""
    if any(other.begin < bend.end and bend.begin < other.end for other in others):
        refuse(f"{type(bend).__name__} bends the learning rate while another one moves it", "schedulers")
    if isinstance(bend, OneCycleLR) and not all(other.is_factor for other in others):
        refuse("OneCycleLR overwrites the initial learning rate that others go by", "schedulers")


def _one_after_another(factors: list[MMEngine], bends: list[MMEngine], lr: float, group: int) -> Schedule:
    """Stretches of mere factors, and between them those that bend, each from where the last one left off."""
    stretches: list[tuple[int, Schedule]] = []
    start, current = 0, lr
    for bend in bends:
        before = _product([member for member in factors if start <= member.begin < bend.begin], current, lr, group)
        stretches.append((start, before))
        current = before.lr(bend.begin - 1) if bend.begin > start else current
        acting = shifted(bend.by_k(current, lr, group), -bend.begin, last=bend.last)
        stretches.append((bend.begin, acting))
        start, current = bend.end, acting.lr(bend.end - 1)
    if not bends or start < INF:
        stretches.append((start, _product([member for member in factors if member.begin >= start], current, lr, group)))
    (_, first), *later = stretches
    return after(first, *later, absolute=True)


def _product(members: list[MMEngine], current: float, base: float, group: int) -> Schedule:
    if not members:
        return constant(current)
    first, *others = members
    if not others:
        return first.acting(current, base, group)
    acting = (first.acting(current, base, group), *(other.acting(1.0, 1.0, group) for other in others))
    return until_gone(ProductOf(schedules=acting))


MEMBERS: dict[str, type[Reader]] = {
    "StepLR": StepLR,
    "MultiStepLR": MultiStepLR,
    "ConstantLR": ConstantLR,
    "ExponentialLR": ExponentialLR,
    "LinearLR": LinearLR,
    "CosineAnnealingLR": CosineAnnealingLR,
    "PolyLR": PolyLR,
    "CosineRestartLR": CosineRestartLR,
    "OneCycleLR": OneCycleLR,
    "ReduceOnPlateauLR": ReduceOnPlateauLR,
}
SCHEDULERS: dict[str, type[Reader]] = {**MEMBERS, "param_scheduler": ParamScheduler}
