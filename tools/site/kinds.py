"""The entry of each kind of schedule, from what `GET /v1/kinds` answers, and its curve."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from setpoint.cli.kinds import command
from setpoint.plotting import svg
from setpoint.schedules import picture
from setpoint.schedules.catalogue import catalogue
from setpoint.schedules.kinds import KINDS, parse
from setpoint.schedules.walk import window
from tools.site import markdown, shapes


def overview() -> str:
    """A line for each kind: what it does, and its names elsewhere."""
    rows = (
        [f"[`{kind['kind']}`](#{kind['kind']})", kind["summary"], _elsewhere(kind)] for kind in catalogue()["kinds"]
    )
    return "\n".join(markdown.table(["Kind", "What it does", "Elsewhere"], rows))


def entries() -> str:
    """All there is to know of each kind."""
    told = catalogue()
    return "\n".join(line for kind in told["kinds"] for line in _entry(kind, told["$defs"]))


def curve(name: str) -> str:
    """The SVG of the example of a kind, as `setpoint plot` draws it."""
    spec = parse(KINDS[name].example)
    return svg.render(picture.chart({"": spec}, range(window(spec)), size=(760, 280)))


def _entry(kind: Mapping[str, Any], known: Mapping[str, shapes.Shape]) -> Iterator[str]:
    name = kind["kind"]
    yield from (f"### `{name}` {{ #{name} }}", "", kind["summary"], "")
    yield from (f"![The curve of the example of {name}](pictures/kinds/{name}.svg)", "")
    yield from (f"**Formula** {markdown.code(kind['formula'])}  ", f"**Past its end** {kind['past_end']}", "")
    yield from markdown.table(["Parameter", "Takes", "Default", "What it is"], _parameters(kind["parameters"], known))
    yield from markdown.block(json.dumps(kind["example"]), "json")
    yield from markdown.block(f"$ {command(name)}", "console")
    yield from markdown.table(
        ["Library", "Name there"], ([library, called] for library, called in kind["names"].items())
    )


def _parameters(schema: shapes.Shape, known: Mapping[str, shapes.Shape]) -> Iterator[list[str]]:
    for name, shape in schema["properties"].items():
        if name != "kind":
            default = shapes.default(shape, required=name in schema["required"])
            yield [markdown.code(name), shapes.takes(shape, known), default, shape.get("description", "")]


def _elsewhere(kind: Mapping[str, Any]) -> str:
    return ", ".join(f"{called} ({library})" for library, called in kind["names"].items())
