"""What CONTRIBUTING.md says of a new kind is enough."""

import ast
import re
from textwrap import dedent

import pytest

from setpoint.schedules.spec import Spec
from tests.api_runs.process import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCE = dedent(re.findall(r"^    ```python\n(.*?)^    ```$", TEXT, re.MULTILINE | re.DOTALL)[0])


def test_the_kind_that_it_shows_is_one() -> None:
    said: dict[str, type[Spec]] = {}
    exec(compile(SOURCE, "sawtooth.py", "exec"), said)

    spec = said["Sawtooth"].model_validate(said["Sawtooth"].example)

    assert [spec.lr(epoch) for epoch in (0, 5, 10, 25)] == [0.01, 0.055, 0.01, 0.055]
    assert spec.end is None


def test_it_says_all_that_a_kind_has_to_say() -> None:
    (kind,) = (node for node in ast.parse(SOURCE).body if isinstance(node, ast.ClassDef))

    told = {
        node.target.id for node in kind.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert {"formula", "past_end_is", "example", "kind"} <= told


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/design.md", "docs/reliability.md", "docs/release.md"])
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8").replace("service/setpoint/schedules/sawtooth.py", "")
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)`", text))

    assert {
        name for name in named if not any((ROOT / folder / name).exists() for folder in ("", "service/setpoint"))
    } == set()


def test_every_room_is_told_of() -> None:
    rooms = {
        path.stem
        for path in (ROOT / "service/setpoint").iterdir()
        if path.stem[0] not in "._" and path.suffix != ".typed"
    }
    design = (ROOT / "docs/design.md").read_text(encoding="utf-8")

    assert {room for room in rooms if f"`{room}`" not in design} == set()
