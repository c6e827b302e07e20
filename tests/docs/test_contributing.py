"""What CONTRIBUTING.md says of a new kind is enough."""

import ast
import re
from textwrap import dedent

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


def test_the_files_that_it_names_are_there() -> None:
    for name in re.findall(
        r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)`", TEXT.replace("service/setpoint/schedules/sawtooth.py", "")
    ):
        assert any((ROOT / folder / name).exists() for folder in ("", "service/setpoint")), name
