"""A command that can't be meant, and how any refusal is told in one line."""

from collections.abc import Callable

from setpoint.errors import Refused, SetpointError


class Misuse(Refused):
    code = "misuse"
    title = "The command can't be carried out as it was written"
    advice = "Correct what it names; --help shows how, with examples."


def told(error: SetpointError, place: Callable[[str], str]) -> str:
    """What is wrong, in one line; `place` says where a JSON Pointer is, in the words of the command line."""
    faults = [f"{place(fault.pointer)}: {fault.detail}".removeprefix(": ") for fault in error.faults]
    return "; ".join(faults) or error.detail


def flag(pointer: str) -> str:
    """The flag of a parameter: `/step_size` is --step-size, and what is inside it has its pointer beside it."""
    name, _, inner = pointer.removeprefix("/").partition("/")
    if not name:
        return ""
    return f"--{name.replace('_', '-')}" + (f" (/{inner})" if inner else "")


def listed(names: list[str]) -> str:
    """`a`, `a and b`, or `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
