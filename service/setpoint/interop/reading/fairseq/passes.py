"""fairseq's schedulers that go by passes over the data, and the names of them all: of the class, and as registered."""

from setpoint.interop.call import refuse
from setpoint.interop.reading.fairseq.updates import (
    CosineLRSchedule,
    Fairseq,
    FixedLRSchedule,
    InverseSquareRootSchedule,
    PolynomialDecayLRSchedule,
    StepLRSchedule,
    TriangularLRSchedule,
    TriStageLRSchedule,
)
from setpoint.interop.reading.parts import constant
from setpoint.interop.reading.reader import Code, Flag, Reader
from setpoint.plateau.spec import PlateauSpec
from setpoint.plateau.variants import TorchPlateau
from setpoint.schedules.basic import Piecewise
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


class ManualSchedule(Fairseq):
    """The value of the last key of update2lr that is passed; before the first of them `lr`."""

    epoch2lr: dict[str, Real] | None = None
    update2lr: dict[str, Real] | None = None

    def check(self) -> None:
        super().check()
        if self.epoch2lr:
            refuse("epoch2lr goes by passes over the data, and update2lr by updates", "epoch2lr")

    def spec(self) -> Schedule:
        values = {key: lr for keys, lr in (self.update2lr or {}).items() for key in _updates(keys)}
        starts = sorted(values)
        if not starts:
            return constant(self.top)
        return Piecewise(milestones=tuple(starts), values=(self.top, *(values[start] for start in starts)))


def _updates(keys: str) -> list[int]:
    """`"3"`, `"3,5"` or `"3-5"` as numbers."""
    try:
        if "," in keys:
            return [int(key) for key in keys.split(",")]
        first, _, last = keys.partition("-")
        return list(range(int(first), int(last or first) + 1))
    except ValueError:
        refuse(f"invalid literal for int(): {keys!r}", "update2lr")


class ReduceLROnPlateauLRSchedule(Fairseq):
    """torch's policy, asked once for each pass over the data: such a pass is an epoch here."""

    lr_shrink: Real = 0.1
    lr_threshold: Real = 1e-4
    lr_patience: Whole = 0
    warmup_updates: Whole = 0
    warmup_init_lr: Real = -1.0
    maximize_best_checkpoint_metric: Flag = False

    def check(self) -> None:
        super().check()
        if self.warmup_updates > 0:
            refuse("the warm-up goes by updates, and the metrics by passes over the data", "warmup_updates")
        if self.lr_shrink >= 1:
            refuse("Factor should be < 1.0.", "lr_shrink")

    def spec(self) -> Schedule:
        return constant(self.top)

    def plateau(self, groups: int) -> PlateauSpec:
        return TorchPlateau(
            mode="max" if self.maximize_best_checkpoint_metric else "min",
            factor=max(self.lr_shrink, 0.0),
            patience=self.lr_patience,
            threshold=self.lr_threshold,
        )


SCHEDULERS: dict[str, type[Reader]] = {
    "CosineLRSchedule": CosineLRSchedule,
    "cosine": CosineLRSchedule,
    "InverseSquareRootSchedule": InverseSquareRootSchedule,
    "inverse_sqrt": InverseSquareRootSchedule,
    "PolynomialDecayLRSchedule": PolynomialDecayLRSchedule,
    "polynomial_decay": PolynomialDecayLRSchedule,
    "StepLRSchedule": StepLRSchedule,
    "step": StepLRSchedule,
    "TriStageLRSchedule": TriStageLRSchedule,
    "tri_stage": TriStageLRSchedule,
    "TriangularLRSchedule": TriangularLRSchedule,
    "triangular": TriangularLRSchedule,
    "FixedLRSchedule": FixedLRSchedule,
    "fixed": FixedLRSchedule,
    "ManualSchedule": ManualSchedule,
    "manual": ManualSchedule,
    "ReduceLROnPlateauLRSchedule": ReduceLROnPlateauLRSchedule,
    "reduce_lr_on_plateau": ReduceLROnPlateauLRSchedule,
    "PassThroughScheduleConfig": Code,
    "pass_through": Code,
}
