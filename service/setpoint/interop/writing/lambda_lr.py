"""What torch and transformers have in common: an optimizer whose learning rate a scheduler sets."""

from dataclasses import dataclass

from setpoint.interop.writing.dialect import Plain
from setpoint.interop.writing.exported import Exported
from setpoint.interop.writing.formula import formula
from setpoint.interop.writing.frame import snippet
from setpoint.interop.writing.layout import fitted
from setpoint.interop.writing.script import Script
from setpoint.interop.writing.text import number
from setpoint.schedules.spec import Spec

UNIT = 1.0
"""The learning rate that a LambdaLR multiplies where its function says the learning rate itself."""


@dataclass(frozen=True)
class Native:
    """A scheduler of the library: an expression over `optimizer`, for an optimizer that starts from `initial_lr`."""

    initial_lr: float
    expression: str
    imports: tuple[str, ...]
    constants: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reads_defaults: bool = False
    """Whether it takes the learning rate from `optimizer.defaults`."""


def by_formula(library: str, spec: Spec, clock: str, use: str) -> Exported:
    """A LambdaLR over the formula itself."""
    script = Script(Plain(clock), formula)
    name = script.function(spec, "learning_rate")
    native = Native(
        UNIT, f"LambdaLR(optimizer, {name})", ("from torch.optim.lr_scheduler import LambdaLR",), tuple(script.blocks)
    )
    return exported(library, spec, native, use, f"  # LambdaLR multiplies it by {name}({clock}), the learning rate")


def exported(library: str, spec: Spec, native: Native, use: str, remark: str = "") -> Exported:
    lines = [
        "def make_scheduler(optimizer):",
        "    for group in optimizer.param_groups:",
        '        group["lr"] = group["initial_lr"] = INITIAL_LR',
    ]
    if native.reads_defaults:
        lines.append('    optimizer.defaults["lr"] = INITIAL_LR')
    lines += fitted("    return ", native.expression)
    initial = f"INITIAL_LR = {number(native.initial_lr)}{remark}"
    blocks = [initial, *native.constants, "\n".join(lines)]
    code = snippet(spec.plain()["kind"], use, native.imports, blocks)
    return Exported(library, code, native.notes, native=not remark)
