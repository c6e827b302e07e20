"""`setpoint import`: the schedule that another library's scheduler is."""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from setpoint.cli import columns, document
from setpoint.cli.misuse import Misuse, told
from setpoint.cli.parser import Parser
from setpoint.errors import InvalidRequest, NotConvertible
from setpoint.interop import registry

if TYPE_CHECKING:
    from setpoint.interop.call import Imported

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_PLACES = {"/library": "LIBRARY", "/scheduler": "SCHEDULER", "/initial_lr": "--initial-lr"}
_PYTHON = {"True": "true", "False": "false", "None": "null"}


class Call(NamedTuple):
    """A scheduler as its library's code would call it."""

    library: str
    scheduler: str
    arguments: Mapping[str, object]
    initial_lr: float | Sequence[float] | None


def arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("library", nargs="?", metavar="LIBRARY", help=f"one of {', '.join(registry.READERS)}; or a JSON file, or -")
    add("scheduler", nargs="?", metavar="SCHEDULER", help="its name there, such as StepLR")
    add("arguments", nargs="*", metavar="NAME=JSON", help="its arguments, such as step_size=5 or 'milestones=[30, 80]'")
    add("--initial-lr", metavar="LR", help="what the optimizer was made with; 0.1,0.01 for two parameter groups")
    add("--json", action="store_true", help="print all that came of it: schedule, groups, plateau and notes")


def run(options: argparse.Namespace) -> int:
    """Print the spec; what is to be known about it goes to standard error."""
    call = _call(options)
    try:
        imported = registry.read(*call)
    except InvalidRequest as error:
        raise Misuse(told(error, _place)) from None
    except NotConvertible as error:
        raise Misuse(_reason(error)) from None
    answer = _answer(imported)
    sys.stdout.write(columns.document(answer if options.json else answer["schedule"]))
    if not options.json:
        _note(answer)
    return 0


def _call(options: argparse.Namespace) -> Call:
    """What was asked to be read.

    Raises:
        Misuse: it is not complete, or not of this form.
    """
    if options.library is None:
        raise Misuse("what is to be read? setpoint import torch StepLR step_size=5 --initial-lr 0.1")
    if options.scheduler is not None:
        given = dict(map(_argument, options.arguments))
        if len(given) < len(options.arguments):
            raise Misuse("an argument is given twice")
        return Call(options.library, options.scheduler, given, _rates(options.initial_lr))
    if options.library in registry.READERS:
        known = ", ".join(registry.READERS[options.library])
        raise Misuse(f"which scheduler of {options.library}? known are {known}")
    return _written(options.library, document.load(options.library))


def _written(source: str, data: object) -> Call:
    """The call that a JSON document holds, of the same form as the service takes."""
    name = document.name(source)
    if not isinstance(data, dict):
        raise Misuse(f"{name} must be an object with library, scheduler, arguments and initial_lr")
    fields = cast("dict[str, Any]", data)
    unknown = fields.keys() - {"library", "scheduler", "arguments", "initial_lr"}
    if unknown:
        raise Misuse(f"{name}: /{min(unknown)} is not known here; there are library, scheduler, arguments, initial_lr")
    library, scheduler, given = fields.get("library"), fields.get("scheduler"), fields.get("arguments", {})
    if not (isinstance(library, str) and isinstance(scheduler, str) and isinstance(given, dict)):
        raise Misuse(f"{name}: /library and /scheduler must be texts, and /arguments an object")
    return Call(library, scheduler, cast("dict[str, object]", given), fields.get("initial_lr"))


def _argument(text: str) -> tuple[str, object]:
    """A scheduler's argument: `NAME=JSON`; a bare word is itself."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise Misuse(f"{text!r} must be NAME=JSON, such as step_size=5")
    try:
        return name, document.parsed(_PYTHON.get(value, value))
    except ValueError:
        if _WORD.fullmatch(value) and value.lower() not in ("nan", "inf", "infinity"):
            return name, value
        raise Misuse(f'{name}: {value!r} is not JSON; write 0.5, true, null, [30, 80] or "cos"') from None


def _rates(text: str | None) -> float | list[float] | None:
    if text is None:
        return None
    try:
        rates: list[float] = json.loads(f"[{text}]")
    except ValueError:
        raise Misuse(f"--initial-lr must be a number, or several as in 0.1,0.01, and not {text!r}") from None
    return rates[0] if len(rates) == 1 else rates


def _answer(imported: "Imported") -> dict[str, Any]:
    plateau = imported.plateau
    return {
        "schedule": imported.schedule.plain(),
        "groups": {name: spec.plain() for name, spec in imported.groups.items()},
        "plateau": None if plateau is None else plateau.model_dump(mode="json", exclude_none=True),
        "notes": list(imported.notes),
    }


def _note(answer: dict[str, Any]) -> None:
    """Tell what the bare spec leaves out."""
    notes: list[str] = answer["notes"]
    left_out = [f"it has {part} too, which --json shows" for part in ("groups", "plateau") if answer[part]]
    for note in [*notes, *left_out]:
        print(f"note: {note}", file=sys.stderr)


def _place(pointer: str) -> str:
    """An argument by its name, the others by what they are on the command line."""
    return _PLACES.get(pointer) or pointer.removeprefix("/arguments").removeprefix("/")


def _reason(error: NotConvertible) -> str:
    """Why it can't be imported, and what can be done instead."""
    nearest = error.extra.get("nearest")
    instead = error.advice if nearest is None else f"The nearest is {json.dumps(nearest)}"
    return f"{told(error, _place)}. {instead}"
