"""Which libraries can be written for."""

from collections.abc import Callable, Mapping

from setpoint.errors import Fault, NotConvertible
from setpoint.interop.writing import keras, optax, torch, transformers
from setpoint.interop.writing.exported import Exported
from setpoint.schedules.spec import Spec

WRITERS: Mapping[str, Callable[[Spec], Exported]] = {
    "torch": torch.write,
    "optax": optax.write,
    "keras": keras.write,
    "transformers": transformers.write,
}
LIBRARIES = tuple(WRITERS)


def write(schedule: Spec, library: str) -> Exported:
    """Code that runs `schedule` in `library`, at every epoch and past its end.

    Raises:
        NotConvertible: there is no such library here, or it can't be said there; with the reason.
    """
    if library not in WRITERS:
        detail = f"{library!r} is not written for; known are {', '.join(LIBRARIES)}"
        raise NotConvertible(detail, faults=[Fault("/library", detail)])
    return WRITERS[library](schedule)
