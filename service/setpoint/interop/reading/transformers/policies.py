"""Hugging Face's policies, which need metrics."""

from typing import Literal

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import constant
from setpoint.interop.reading.reader import Flag, PerGroup, per_group
from setpoint.interop.reading.torch.absolute import ReduceLROnPlateau
from setpoint.interop.reading.transformers.schedules import HuggingFace
from setpoint.plateau.greedy import Greedy
from setpoint.plateau.spec import PlateauSpec
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


class Plateau(ReduceLROnPlateau, HuggingFace):
    """torch's policy, with torch's arguments."""


class GreedyLR(HuggingFace):
    """The greedy policy, from the optimizer's learning rate."""

    mode: Literal["min", "max"] = "min"
    factor: Real = 0.95
    patience: Whole = 10
    threshold: Real = 1e-6
    threshold_mode: Literal["rel", "abs"] = "abs"
    cooldown: Whole = 0
    warmup: Whole = 0
    min_lr: PerGroup = 1e-3
    max_lr: PerGroup = 1.0
    eps: Real = 1e-8
    verbose: Flag = False
    smooth: Flag = False
    window_size: Whole = 50
    reset_start: Whole = 500

    def check(self) -> None:
        super().check()
        if self.factor >= 1:
            refuse("Factor should be < 1.0.", "factor")

    def spec(self, lr: float) -> Schedule:
        return constant(lr)

    def plateau(self, groups: int) -> PlateauSpec:
        if groups > 1:
            refuse("the greedy policy resets all groups together: import one group")
        names = set(Greedy.model_fields) & set(type(self).model_fields) - {"min_lr", "max_lr"}
        return Greedy(
            variant="greedy",
            min_lr=per_group("min_lr", self.min_lr, groups)[0],
            max_lr=per_group("max_lr", self.max_lr, groups)[0],
            **{name: getattr(self, name) for name in names},
        )
