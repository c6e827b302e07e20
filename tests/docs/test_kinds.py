"""The page of schedules tells of every kind all that there is."""

import pytest

from setpoint.schedules.kinds import KINDS
from tools.site import kinds

ENTRIES = kinds.entries()


def entry(kind: str) -> str:
    return ENTRIES.partition(f"### `{kind}` ")[2].partition("\n### ")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_told_with_its_formula_its_parameters_and_its_names(kind: str) -> None:
    told = entry(kind)

    assert KINDS[kind].formula in told
    for parameter in KINDS[kind].model_fields.keys() - {"kind"}:
        assert f"\n| `{parameter}` | " in told
    for library, name in KINDS[kind].names.items():
        assert f"| {library} | {name} |" in told


def test_a_parameter_is_told_with_what_it_takes_and_its_default() -> None:
    assert "| `step_size` | whole number > 0 | required | How many epochs from one drop to the next. |" in entry("step")
    assert "| `gamma` | number ≥ 0 | 0.1 | What each drop multiplies the learning rate by. |" in entry("step")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_shown_as_a_curve(kind: str) -> None:
    assert f"(pictures/kinds/{kind}.svg)" in entry(kind)
    assert "<path " in kinds.curve(kind)


def test_every_kind_is_in_the_overview() -> None:
    assert [f"| [`{kind}`](#{kind}) | " in kinds.overview() for kind in KINDS] == [True] * len(KINDS)
