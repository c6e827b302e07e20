"""What a form can be built from: each kind's parameters as JSON Schema."""

from typing import Any

import pytest

from setpoint.schedules.kinds import KINDS

PARAMETERS = [
    pytest.param(name, field, id=f"{name}-{field}")
    for name, kind in KINDS.items()
    for field in kind.model_fields
    if field != "kind"
]


def schema_of(kind: str) -> dict[str, Any]:
    """The schema of the kind itself: of one that may stand inside itself it is among the definitions."""
    whole = KINDS[kind].model_json_schema()
    found: dict[str, Any] = whole["$defs"][whole["$ref"].rpartition("/")[2]] if "$ref" in whole else whole
    return found


def schema(kind: str, field: str) -> dict[str, Any]:
    found: dict[str, Any] = schema_of(kind)["properties"][field]
    return found


@pytest.mark.parametrize(("kind", "field"), PARAMETERS)
def test_a_parameter_says_what_it_is_for(kind: str, field: str) -> None:
    assert schema(kind, field)["description"].endswith(".")


@pytest.mark.parametrize(("kind", "field"), PARAMETERS)
def test_a_parameter_has_a_default_or_is_required(kind: str, field: str) -> None:
    assert ("default" in schema(kind, field)) != (field in schema_of(kind)["required"])


@pytest.mark.parametrize(
    ("kind", "field", "said"),
    [
        ("step", "initial_lr", {"type": "number", "minimum": 0}),
        ("step", "step_size", {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 2**53}),
        ("step", "gamma", {"type": "number", "minimum": 0, "default": 0.1}),
        ("exponential", "decay_epochs", {"type": "number", "minimum": 2**-10, "default": 1.0}),
        ("exponential", "staircase", {"type": "boolean", "default": False}),
        ("polynomial", "power", {"type": "number", "exclusiveMinimum": 0, "default": 1.0}),
        ("polynomial", "past_end", {"enum": ["hold", "continue", "stretch"], "default": "hold"}),
        ("one_cycle", "pct_start", {"type": "number", "minimum": 0, "maximum": 1, "default": 0.3}),
        ("cosine_restarts", "cycle_mult", {"type": "number", "minimum": 1, "default": 1.0}),
        ("cyclic", "up_stairs", {"type": "integer", "minimum": 0, "maximum": 4096, "default": 0}),
        ("multistep", "milestones", {"type": "array", "minItems": 1, "maxItems": 4096}),
        ("ramp", "lower", {"type": "number", "default": -7.0}),
        ("shift", "offset", {"type": "integer"}),
    ],
)
def test_a_parameter_says_what_it_may_be(kind: str, field: str, said: dict[str, Any]) -> None:
    assert said.items() <= schema(kind, field).items()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_what_it_does_in_words(kind: str) -> None:
    assert KINDS[kind].formula
    assert KINDS[kind].past_end_is
    assert schema_of(kind)["description"]
    assert schema_of(kind)["additionalProperties"] is False
