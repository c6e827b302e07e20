"""What a notebook shows of a schedule."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from setpoint import schedules
from setpoint.schedules import KINDS, Constant, Cosine, Step, Warmup, parse
from setpoint.schedules.picture import chart

WARM = Warmup(warmup_epochs=5, schedule=Cosine(initial_lr=0.1, epochs=85, min_lr=0.001))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_itself_as_a_curve(kind: str) -> None:
    picture = parse(KINDS[kind].example)._repr_svg_()

    assert ElementTree.fromstring(picture).find(".//{http://www.w3.org/2000/svg}path") is not None


def test_a_picture_needs_no_package_but_pydantic() -> None:
    code = (
        "import sys; from setpoint.schedules import Step;"
        "Step(initial_lr=0.1, step_size=5)._repr_svg_();"
        "print({'numpy', 'fastapi', 'orjson', 'httpx'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_a_smooth_schedule_is_drawn_through_and_a_stepped_one_in_steps() -> None:
    smooth, stepped = (
        chart({"": spec}, range(90)).series[0] for spec in (WARM, Step(initial_lr=0.1, step_size=30, gamma=0.1))
    )

    assert (smooth.shape, stepped.shape) == ("line", "step")
    assert len(smooth.xs) == 90
    assert (stepped.xs[-1], stepped.ys[-1]) == (90, 0.1 * 0.1**2)


def test_a_jump_among_lines_is_upright() -> None:
    product = parse({"kind": "sequence", "schedules": [Constant(initial_lr=0.1), WARM], "milestones": [10]})

    series = chart({"": product}, range(40)).series[0]

    assert any(x == after and y != later for (x, y), (after, later) in pairwise(zip(series.xs, series.ys, strict=True)))


def test_a_schedule_without_an_end_is_shown_some_way() -> None:
    assert Step(initial_lr=0.1, step_size=30)._repr_svg_().count(">120<") == 1


def test_a_kind_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(AttributeError, match="'Noam'"):
        getattr(schedules, "Noam")  # noqa: B009 - no type checker lets it pass otherwise


def test_every_kind_is_a_class_that_type_checkers_know_too() -> None:
    stub = Path(schedules.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    classes = {kind.__name__: kind for kind in KINDS.values()}

    assert {line.split(" as ")[1] for line in stub.splitlines()} == {*classes, "KINDS", "parse"}
    assert {name: getattr(schedules, name) for name in classes} == classes
