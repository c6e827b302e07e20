"""The HTTP reference tells of everything that can be asked, and of every refusal."""

import json

import pytest

from setpoint import errors
from setpoint.api import problems
from tools.site import reference

DOCUMENT = json.loads(reference.DOCUMENT.read_text(encoding="utf-8"))
ASKED = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
PROBLEMS = [kind for kind in vars(errors).values() if isinstance(kind, type) and "code" in vars(kind)][1:]
"""All but the base of all errors."""
OPERATIONS = reference.operations()


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_every_operation_is_told_once(method: str, path: str) -> None:
    assert OPERATIONS.count(f"\n#### `{method} {path}` {{") == 1


def test_a_field_of_a_body_is_told_with_what_it_holds() -> None:
    assert '| `progress` | fastest or slowest | "fastest" | Whose report the position follows. |' in OPERATIONS


def test_each_of_several_bodies_is_told() -> None:
    told = OPERATIONS.partition("#### `POST /v1/runs/{run}/changes`")[2].partition("\n#### ")[0]

    for op in ("scale", "set", "hold", "release", "replace", "extend", "decay", "cancel"):
        assert f"\n**`{op}`** " in told


@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_problem_has_the_status_that_the_service_gives_it(kind: type[errors.SetpointError]) -> None:
    row = f"| {problems.status(kind)} | `{problems.reference(kind)}` | {kind.title} | {kind.advice} |"

    assert row in reference.problems()
