"""`setpoint plot`: a schedule drawn in the terminal, or into a file."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias, cast

from setpoint.cli import columns, extent, source, terminal
from setpoint.cli.misuse import Misuse
from setpoint.cli.parser import Parser
from setpoint.plotting import Chart
from setpoint.schedules import picture
from setpoint.schedules.spec import Spec
from setpoint.schedules.walk import window

Format: TypeAlias = Literal["text", "svg", "png", "csv", "json"]

_ENDINGS: dict[str, Format] = {".txt": "text", ".svg": "svg", ".png": "png", ".csv": "csv", ".json": "json"}
_FORMATS = tuple(_ENDINGS.values())


def arguments(parser: Parser) -> None:
    source.arguments(parser)
    extent.arguments(parser)
    add = parser.add_argument
    add("--log-y", action="store_true", help="a logarithmic axis for the learning rate")
    add("--width", type=extent.at_least_one, metavar="N", help="columns in the terminal, pixels in a picture (960)")
    add("--height", type=extent.at_least_one, metavar="N", help="lines in the terminal, pixels in a picture (400)")
    add("--charset", choices=("braille", "blocks", "ascii"), help="what to draw with (what the terminal can show)")
    add("-o", "--output", metavar="FILE", help="write there: .svg, .png, .csv, .json or .txt; - is standard output")
    add("--format", choices=_FORMATS, help="the format, where the file's ending does not say it")
    add("--json", action="store_true", help="the numbers as a JSON document: --format json")


def run(options: argparse.Namespace) -> int:
    """Draw the schedule, or write it where -o says."""
    wanted = _format(options)
    spec = source.schedule(options)
    drawn = wanted not in ("csv", "json")
    epochs = extent.epochs(options, options.start + window(spec) if drawn and not spec.end else spec.end)
    if wanted == "csv":
        _write(options.output, columns.csv(spec, epochs))
    elif wanted == "json":
        _write(options.output, columns.columns(spec, epochs))
    else:
        _draw(options, wanted, spec, epochs)
    return 0


def _format(options: argparse.Namespace) -> Format:
    """The format that was asked for.

    Raises:
        Misuse: the file's ending is not that of one.
    """
    if options.format or options.json:
        return cast(Format, options.format or "json")
    if options.output in (None, "-"):
        return "text"
    ending = Path(options.output).suffix.lower()
    if ending not in _ENDINGS:
        raise Misuse(f"-o {options.output} must end in {', '.join(_ENDINGS)}, or --format must say what to write")
    return _ENDINGS[ending]


def _draw(options: argparse.Namespace, wanted: Format, spec: Spec, epochs: range) -> None:
    size = (960, 400) if wanted == "text" else (options.width or 960, options.height or 400)
    chart = picture.chart({"": spec}, epochs, log_y=options.log_y, size=size)
    if wanted == "text":
        _write(options.output, iter([text(chart, options)]))
    elif wanted == "svg":
        from setpoint.plotting import svg

        _write(options.output, iter([svg.render(chart)]))
    else:
        _write_png(options.output, chart)


def text(chart: Chart, options: argparse.Namespace) -> str:
    """The chart in characters, as many as the terminal has where `options` do not say."""
    from setpoint.plotting import text

    here = terminal.found(sys.stdout, os.environ)
    drawn = text.render(
        chart,
        width=options.width or here.columns,
        height=options.height or here.rows,
        charset=options.charset or here.charset,
        color=here.color and getattr(options, "output", None) in (None, "-"),
    )
    return drawn + "\n"


def _write(output: str | None, parts: Iterator[str]) -> None:
    if output is None or output == "-":
        sys.stdout.writelines(parts)
        return
    with Path(output).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(parts)


def _write_png(output: str | None, chart: Chart) -> None:
    from setpoint.plotting import png

    if output is not None and output != "-":
        Path(output).write_bytes(png.render(chart))
    elif sys.stdout.isatty():
        raise Misuse("a PNG is not for a terminal: -o FILE writes it into a file")
    else:
        sys.stdout.buffer.write(png.render(chart))
