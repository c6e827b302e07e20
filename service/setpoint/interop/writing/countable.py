"""What can be counted in 32 bits, as Keras and Optax do."""

from typing import cast

from setpoint.errors import Fault, NotConvertible
from setpoint.schedules.compose import Stretch
from setpoint.schedules.spec import Spec

LONGEST = 2**30
"""In 32 bits twice a length must still fit."""


def check_countable(spec: Spec, pointer: str = "") -> None:
    """Every epoch that is named can be counted in 32 bits.

    Raises:
        NotConvertible: naming the field that goes beyond that.
    """
    for name, value in spec:
        if isinstance(spec, Stretch) and name != "schedule":  # parts of an epoch are counted in real numbers
            continue
        numbers = cast(tuple[object, ...], value) if isinstance(value, tuple) else (value,)
        if any(isinstance(number, int) and abs(number) > LONGEST for number in numbers):
            detail = f"steps are counted in 32 bits there, so nothing can be longer than {LONGEST}; {name} is"
            raise NotConvertible(detail, faults=[Fault(f"{pointer}/{name}", detail)])
    for member in spec.members():
        check_countable(member.spec, pointer + member.pointer)
