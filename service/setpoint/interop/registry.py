"""Who reads which library; and the one way in."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from setpoint.errors import Fault, InvalidRequest
from setpoint.interop.call import Call, Imported, refuse
from setpoint.interop.reading import (
    deepspeed,
    fairseq,
    keras,
    megatron,
    mmengine,
    optax,
    paddle,
    timm,
    torch,
    transformers,
)
from setpoint.interop.reading.parts import after, constant
from setpoint.interop.reading.reader import Rates, Reader, opened
from setpoint.schedules.breach import LARGEST, breach
from setpoint.schedules.check import HORIZON
from setpoint.schedules.compose import Clamp
from setpoint.schedules.faults import faults
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Rate

READERS: Mapping[str, Mapping[str, type[Reader]]] = {
    "torch": torch.SCHEDULERS,
    "transformers": transformers.SCHEDULERS,
    "optax": optax.SCHEDULERS,
    "keras": keras.SCHEDULERS,
    "timm": timm.SCHEDULERS,
    "paddle": paddle.SCHEDULERS,
    "deepspeed": deepspeed.SCHEDULERS,
    "megatron": megatron.SCHEDULERS,
    "fairseq": fairseq.SCHEDULERS,
    "mmengine": mmengine.SCHEDULERS,
}
"""By library, by the name of the scheduler there."""

_call = TypeAdapter(Call)
_rates: TypeAdapter[list[float]] = TypeAdapter(list[Rate])


def read(
    library: str,
    scheduler: str,
    arguments: Mapping[str, object],
    initial_lr: float | Sequence[float] | None = None,
) -> Imported:
    """The schedule that `library` would make of `scheduler(**arguments)`, the same at every epoch.

    `initial_lr` is what the optimizer was made with, one for each parameter group; None where the arguments carry it.

    Raises:
        InvalidRequest: an unknown name, a missing argument, or one of the wrong type; with a pointer to it.
        NotConvertible: the library would refuse it, or it can't be said without code, or without the library's quirks.
    """
    table = READERS.get(library)
    if table is None:
        detail = f"{library!r} is unknown; known are {', '.join(READERS)}"
        raise InvalidRequest("there is no such library", faults=[Fault("/library", detail)])
    reader = opened(table, Call(scheduler=scheduler, arguments=dict(arguments)))
    rates = _rates_of(reader, initial_lr)
    try:
        specs = reader.specs(rates)
        plateau = reader.plateau(len(specs))
    except ValidationError as invalid:
        refuse(f"the library accepts this, but it can't be served: {_sentence(invalid)}")
    notes = list(reader.notes())
    served = [_served(spec, notes) for spec in specs]
    groups = {str(i): spec for i, spec in enumerate(served) if i > 0}
    return Imported(served[0], groups, plateau, tuple(dict.fromkeys(notes)))


def _rates_of(reader: Reader, initial_lr: float | Sequence[float] | None) -> Rates:
    if initial_lr is None:
        if reader.initial_lr == "needed":
            raise _wrong_rates("is required: the learning rate that the optimizer was made with")
        return ()
    if reader.initial_lr == "carried":
        raise _wrong_rates("must be left out: the learning rate is among the arguments")
    values = initial_lr if isinstance(initial_lr, Sequence) else [initial_lr]
    try:
        rates = tuple(_rates.validate_python(list(values)))
    except ValidationError:
        raise _wrong_rates("must be a number of at least 0, or a list of one for each parameter group") from None
    if not rates:
        raise _wrong_rates("must have at least one learning rate")
    return rates


def _wrong_rates(detail: str) -> InvalidRequest:
    return InvalidRequest("initial_lr does not fit this scheduler", faults=[Fault("/initial_lr", detail)])


def _sentence(invalid: ValidationError) -> str:
    """Why what was read is not a spec."""
    found = faults(invalid, {})
    return "; ".join(f"{fault.pointer.rpartition('/')[2]} {fault.detail}".strip() for fault in found)


def _served(spec: Schedule, notes: list[str]) -> Schedule:
    """`spec`, if it has a learning rate at every epoch; one that grows beyond all numbers stops at the last.

    Raises:
        NotConvertible: it goes below 0.
    """
    epoch = _breach(spec)
    if epoch is None:
        return spec
    if spec.form.value(epoch) < 0:
        refuse(f"the learning rate would be negative at epoch {epoch}, and none below 0 can be served")
    notes.append(f"from epoch {epoch} on it is beyond all float64: the largest is held, where the library has none")
    held = Clamp(schedule=spec, max_lr=LARGEST)
    epoch = _breach(held)
    return held if epoch is None else after(held, (epoch, constant(LARGEST)))  # infinity times 0 came of it


def _breach(spec: Schedule) -> int | None:
    return breach(spec.form, 0, HORIZON, 0.0, LARGEST)
