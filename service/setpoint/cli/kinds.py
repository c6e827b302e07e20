"""`setpoint kinds`: every kind of schedule, or all about one."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from textwrap import wrap
from typing import Any, cast

from setpoint.cli import columns, table, terminal
from setpoint.cli.misuse import Misuse, flag
from setpoint.cli.parser import Parser
from setpoint.schedules import catalogue
from setpoint.schedules.flat import leaves
from setpoint.schedules.kinds import KINDS, parse
from setpoint.schedules.walk import window

_UNBROKEN = 10_000


def arguments(parser: Parser) -> None:
    parser.add_argument("kind", nargs="?", metavar="KIND", help="all about this one")
    parser.add_argument("--json", action="store_true", help="print a JSON document")


def run(options: argparse.Namespace) -> int:
    """Print a line for each kind, or the formula, the parameters and an example of one."""
    name: str | None = options.kind
    if name is not None and name not in KINDS:
        near = get_close_matches(name, KINDS, n=1)
        raise Misuse(f"there is no kind {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
    told = catalogue.catalogue() if name is None else catalogue.told(name)
    if options.json:
        sys.stdout.write(columns.document(told))
        return 0
    width = terminal.found(sys.stdout, os.environ).columns if sys.stdout.isatty() else _UNBROKEN
    lines = _page(told, width) if name else _overview(told["kinds"], width)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def command(name: str) -> str:
    """The command that draws the example of a kind."""
    example = KINDS[name].example
    spec = parse(example)
    stop = [] if spec.end else ["--stop", str(window(spec))]
    if name in leaves():
        flags = [f"{flag(parameter)} {shlex.quote(_flat(value))}" for parameter, value in example.items()]
        return " ".join(["setpoint plot", *flags, *stop])
    return " ".join(["setpoint plot", shlex.quote(json.dumps(example)), *stop])


def _overview(kinds: list[dict[str, Any]], width: int) -> Iterator[str]:
    yield "kinds by themselves, whose parameters may be flags:"
    yield from table.rows(([kind["kind"], kind["summary"]] for kind in kinds if kind["flat"]), width)
    yield from ("", "kinds made of other schedules, written as JSON:")
    yield from table.rows(([kind["kind"], kind["summary"]] for kind in kinds if not kind["flat"]), width)
    yield from ("", "`setpoint kinds step` tells all about one.")


def _page(kind: dict[str, Any], width: int) -> Iterator[str]:
    yield from wrap(f"{kind['kind']}: {kind['summary']}", width)
    yield ""
    yield from table.rows([["formula", kind["formula"]], ["past its end", kind["past_end"]]], width, indent=0)
    yield from ("", "parameters:")
    yield from table.rows(_parameters(kind["parameters"]), width)
    yield from ("", "example:", f"  {command(kind['kind'])}")
    if kind["names"]:
        yield from ("", "elsewhere:", *table.rows(map(list, kind["names"].items()), width))


def _parameters(schema: dict[str, Any]) -> Iterator[list[str]]:
    """Of each parameter its name, its type, its default, and what it is."""
    for name, shape in schema["properties"].items():
        if name != "kind":
            choices = f" One of {', '.join(shape['enum'])}." if "enum" in shape else ""
            default = "required" if name in schema["required"] else _default(shape.get("default"))
            yield [name, _type(shape), default, shape.get("description", "").replace("\n", " ") + choices]


def _default(value: object) -> str:
    return "" if value is None else _flat(value)


def _type(shape: dict[str, Any]) -> str:
    """What a parameter takes, in a word or two."""
    if "anyOf" in shape:
        shape = next(option for option in shape["anyOf"] if option.get("type") != "null")
    if shape.get("type") == "array":
        inner = shape["items"]
        return "[epoch, lr], ..." if inner.get("type") == "array" else f"{_type(inner)}, ..."
    words = {"number": "number", "integer": "whole number", "boolean": "true or false", "string": "word"}
    return words.get(shape.get("type", ""), "schedule")


def _flat(value: object) -> str:
    """A parameter's value as its flag takes it: lists by comma, knots by colon."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        knots = any(isinstance(item, list) for item in items)
        return ",".join(_flat(item).replace(",", ":") if knots else _flat(item) for item in items)
    return value if isinstance(value, str) else json.dumps(value)
