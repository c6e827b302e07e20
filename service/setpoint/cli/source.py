"""Where a command's schedule comes from: a file, standard input, a kind's name, or flags."""

import argparse
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from setpoint.cli import document
from setpoint.cli.misuse import Misuse, flag, listed, told
from setpoint.cli.parser import Parser
from setpoint.errors import InvalidSchedule
from setpoint.schedules.flat import leaves, parameters, read_flat
from setpoint.schedules.kinds import KINDS, parse
from setpoint.schedules.spec import Spec

SPEC = "a file with a schedule as JSON, - for standard input, the JSON itself, or a kind's name for its example"
_PARAMETER = "parameter."


def arguments(parser: Parser) -> None:
    """Add SPEC, --kind and, once a kind is named, a flag for each of its parameters."""
    parser.add_argument("spec", nargs="?", metavar="SPEC", help=SPEC)
    parser.add_argument("--kind", help="a kind, as `setpoint kinds` lists them; with --help its parameters")
    parser.hint = "; the parameters of a kind follow --kind, as in --kind step"
    parser.before.append(lambda words: _add_parameters(parser, _kind(words)))


def schedule(options: argparse.Namespace) -> Spec:
    """The schedule that was given.

    Raises:
        Misuse: none was given, or two, or what was given can't be served; naming the flag or the place in the JSON.
    """
    if options.kind is None and options.spec is None:
        raise Misuse("there is no schedule: give a file, - for standard input, or --kind and its parameters")
    if options.kind is None:
        return load(options.spec)
    if options.spec is not None:
        raise Misuse(f"{options.spec!r} and --kind are two schedules: give one of them")
    given = {name.removeprefix(_PARAMETER): value for name, value in vars(options).items() if _PARAMETER in name}
    try:
        return parse(read_flat({"kind": options.kind, **given}))
    except InvalidSchedule as invalid:
        raise Misuse(told(invalid, flag)) from None


def load(source: str) -> Spec:
    """The schedule in a file, on standard input, in `source` itself, or the example of the kind it names.

    Raises:
        Misuse: it can't be read, or not be served; naming the place in it.
    """
    data = KINDS[source].example if source in KINDS else _bare(document.load(source))
    try:
        return parse(data)
    except InvalidSchedule as invalid:
        raise Misuse(f"{document.name(source)}: {told(invalid, str)}") from None


def _bare(data: object) -> object:
    """The schedule itself where `data` is an answer that holds one."""
    if not isinstance(data, dict):
        return data
    answer = cast("dict[str, object]", data)
    if "schedule" in answer and "kind" not in answer:
        return answer["schedule"]
    return answer


def _kind(words: Sequence[str]) -> str | None:
    """The kind that is named among `words`."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--kind":
            return following or None
        if word.startswith("--kind="):
            return word.removeprefix("--kind=")
    return None


def _add_parameters(parser: Parser, kind: str | None) -> None:
    if kind is None:
        return
    if kind not in leaves():
        raise Misuse(_unfit(kind))
    group = parser.add_argument_group(f"parameters of {kind}", KINDS[kind].formula)
    types, required = parameters(KINDS[kind]), KINDS[kind].model_fields
    for name, schema in types.items():
        if name != "kind":
            _add(group, name, schema, required[name].is_required())
    parser.hint = f"; {kind} has {listed([flag(name) for name in types if name != 'kind'])}"


def _unfit(kind: str) -> str:
    if kind in KINDS:
        return f"--kind {kind} is made of other schedules: give it as JSON; `setpoint kinds {kind}` shows one"
    near = get_close_matches(kind, leaves(), n=1)
    guess = f"did you mean {near[0]}?" if near else f"known are {', '.join(leaves())}"
    return f"--kind {kind!r} is unknown; {guess}"


def _add(group: Any, name: str, schema: Mapping[str, Any], required: bool) -> None:
    """A flag for a parameter; its text is read where all parameters are. A truth may stand without `true`."""
    boolean: dict[str, Any] = {"nargs": "?", "const": "true"} if schema.get("type") == "boolean" else {}
    default = "required" if required else f"default {schema.get('default')}".lower()
    group.add_argument(
        flag(name),
        dest=_PARAMETER + name,
        default=argparse.SUPPRESS,
        metavar="VALUE",
        help=f"{schema.get('description', '')} ({default})".replace("%", "%%"),
        **boolean,
    )
