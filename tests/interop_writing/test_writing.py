"""What exported code looks like. That it gives the right values is shown with the libraries, in tests/frameworks."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest

from setpoint.errors import NotConvertible
from setpoint.interop.writing import LIBRARIES, write
from setpoint.interop.writing.formula import is_written
from setpoint.schedules.compose import Scale
from setpoint.schedules.form import Flat, Form
from setpoint.schedules.kinds import KINDS, parse
from setpoint.schedules.spec import Spec

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
COSINE = {"kind": "cosine", "initial_lr": 0.1, "epochs": 90}
WARM_COSINE = {"kind": "warmup", "warmup_epochs": 5, "schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 85}}
WRITTEN = [name for name, kind in KINDS.items() if is_written(kind)]

NAMES = {
    "torch": ("def make_scheduler(optimizer):",),
    "transformers": ("def make_scheduler(optimizer):",),
    "optax": ("schedule = ", "def schedule(count):"),
    "keras": ("schedule = ",),
}


def last_line(data: dict[str, Any], library: str) -> str:
    """The code of `data` from its last statement on, on one line."""
    code = write(parse(data), library).code
    start = max(code.rfind("    return "), code.rfind("\nschedule = "))
    return " ".join(code[start:].split())


@pytest.mark.parametrize(
    ("library", "data", "expected"),
    [
        ("torch", STEP, "return StepLR(optimizer, step_size=5, gamma=0.5)"),
        (
            "torch",
            {"kind": "multistep", "initial_lr": 0.1, "milestones": [30, 80]},
            "return MultiStepLR(optimizer, milestones=[30, 80], gamma=0.1)",
        ),
        ("torch", COSINE | {"past_end": "continue"}, "return CosineAnnealingLR(optimizer, T_max=90)"),
        (
            "torch",
            {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 10, "cycle_mult": 2},
            "return CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=2)",
        ),
        (
            "torch",
            {"kind": "warmup", "warmup_epochs": 5, "warmup_initial_lr": 0.01, "schedule": STEP},
            (
                "return SequentialLR( optimizer, [ LinearLR(optimizer, start_factor=0.01 / 0.1, end_factor=1.0, "
                "total_iters=5), StepLR(optimizer, step_size=5, gamma=0.5), ], milestones=[5], )"
            ),
        ),
        (
            "transformers",
            {"kind": "warmup", "warmup_epochs": 10, "schedule": COSINE | {"past_end": "continue"}},
            "return get_cosine_schedule_with_warmup(optimizer, num_warmup_steps=10, num_training_steps=100)",
        ),
        (
            "transformers",
            {"kind": "inverse_sqrt", "peak_lr": 0.001, "warmup_epochs": 4000},
            "return get_inverse_sqrt_schedule(optimizer, num_warmup_steps=4000)",
        ),
        (
            "optax",
            STEP,
            (
                "schedule = optax.exponential_decay( init_value=0.1, transition_steps=5, decay_rate=0.5, "
                "staircase=True, )"
            ),
        ),
        ("optax", COSINE, "schedule = optax.cosine_decay_schedule(init_value=0.1, decay_steps=90)"),
        (
            "optax",
            WARM_COSINE,
            (
                "schedule = optax.warmup_cosine_decay_schedule( init_value=0.0, peak_value=0.1, warmup_steps=5, "
                "decay_steps=90, )"
            ),
        ),
        ("keras", COSINE, "schedule = schedules.CosineDecay(initial_learning_rate=0.1, decay_steps=90)"),
        (
            "keras",
            {"kind": "piecewise", "milestones": [10, 20], "values": [0.1, 0.05, 0.01]},
            "schedule = schedules.PiecewiseConstantDecay(boundaries=[9, 19], values=[0.1, 0.05, 0.01])",
        ),
    ],
)
def test_a_scheduler_of_the_library_is_used_where_it_says_the_same(
    library: str, data: dict[str, Any], expected: str
) -> None:
    exported = write(parse(data), library)

    assert last_line(data, library) == expected
    assert exported.native


@pytest.mark.parametrize(
    ("library", "data"),
    [
        ("torch", COSINE),  # CosineAnnealingLR rises again
        ("torch", {"kind": "one_cycle", "peak_lr": 0.1, "epochs": 100}),  # OneCycleLR raises past its end
        ("torch", {"kind": "linear", "initial_lr": 0.0, "final_lr": 0.1, "epochs": 5}),  # LinearLR can't start from 0
        ("torch", {"kind": "warmup", "warmup_epochs": 5, "warmup_initial_lr": 0.01, "schedule": WARM_COSINE}),
        ("transformers", COSINE),  # rises again
        ("optax", STEP | {"step_size": 49}),  # compiled, 49 / 49 is less than 1
        ("optax", {"kind": "one_cycle", "peak_lr": 0.1, "epochs": 100}),  # other knots
        ("keras", {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 6, "cycle_mult": 1.5}),  # misses 15
    ],
)
def test_the_formula_is_written_out_where_the_library_would_differ(library: str, data: dict[str, Any]) -> None:
    exported = write(parse(data), library)

    assert not exported.native


def test_a_note_says_why_the_library_s_own_scheduler_was_passed_over() -> None:
    assert "rises again past T_max" in write(parse(COSINE), "torch").notes[0]


def test_the_formula_reads_like_one() -> None:
    code = write(parse(COSINE), "torch").code

    assert "x = min(epoch / 90, 1)\n    return 0.1 * (1 + math.cos(math.pi * x)) / 2\n" in code


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", WRITTEN)
def test_every_kind_s_example_can_be_said_everywhere(library: str, kind: str) -> None:
    schedule = parse(KINDS[kind].example)

    exported = write(schedule, library)

    compile(exported.code, "snippet", "exec")
    assert exported.library == library
    assert exported.code.startswith(f'"""Learning-rate schedule "{kind}"')
    assert any(f"\n{name}" in exported.code for name in NAMES[library])


class Level(Spec):
    """A kind that nobody has written code for."""

    kind: Literal["level"] = "level"

    def build(self) -> Form:
        return Flat(0.1)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_kind_without_code_is_refused_alone_and_within_another(library: str) -> None:
    level = Level()

    for schedule in (level, Scale.model_construct(schedule=level, factor=0.5)):
        with pytest.raises(NotConvertible, match="there is no code yet"):
            write(schedule, library)


def test_the_code_is_formatted(tmp_path: Path) -> None:
    for kind in WRITTEN:
        for library in LIBRARIES:
            (tmp_path / f"{kind}_{library}.py").write_text(write(parse(KINDS[kind].example), library).code)

    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "--diff", str(tmp_path)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_same_schedule_gives_the_same_code(library: str) -> None:
    assert write(parse(WARM_COSINE), library) == write(parse(WARM_COSINE), library)


@pytest.mark.parametrize(
    ("library", "data", "reason"),
    [
        ("optax", STEP | {"step_size": 2**31}, "counted in 32 bits"),
        ("keras", {"kind": "multistep", "initial_lr": 0.1, "milestones": [5, 2**40]}, "counted in 32 bits"),
        (
            "optax",
            {"kind": "exponential", "initial_lr": 0.1, "gamma": 0.5, "decay_epochs": 0.3, "staircase": True},
            "can't be counted in float32",
        ),
        ("keras", COSINE | {"time_power": 2, "past_end": "continue"}, "loses the phase"),
        ("optax", COSINE | {"cycles": 0.3, "past_end": "continue"}, "loses the phase"),
        (
            "torch",
            {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 1, "cycle_mult": 1.0001},
            "too many to list",
        ),
    ],
)
def test_a_refusal_says_why(library: str, data: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotConvertible, match=reason):
        write(parse(data), library)


def test_a_refusal_points_at_the_field_of_the_member_that_is_to_blame() -> None:
    nested = {"kind": "scale", "factor": 0.5, "schedule": STEP | {"step_size": 2**31}}

    with pytest.raises(NotConvertible) as refused:
        write(parse(nested), "optax")

    assert refused.value.faults[0].pointer == "/schedule/step_size"


def test_an_unknown_library_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(NotConvertible, match="'jax' is not written for; known are torch, optax, keras, transformers"):
        write(parse(STEP), "jax")


def test_a_function_is_never_called_like_its_argument() -> None:
    nested = {"kind": "scale", "factor": 0.5, "schedule": STEP}

    assert "def step_2(step):" in write(parse(nested), "transformers").code


def test_what_grows_beyond_all_numbers_is_clamped_and_does_not_overflow() -> None:
    growing = {"kind": "exponential", "initial_lr": 0.001, "gamma": 1.2}
    code = write(parse({"kind": "clamp", "max_lr": 0.5, "schedule": growing}), "torch").code
    namespace: dict[str, Any] = {"math": math}

    exec(code[code.index("def exponential") : code.index("def make_scheduler")], namespace)

    assert namespace["learning_rate"](10**6) == 0.5


def test_a_clamp_lets_nothing_below_0_even_where_its_floor_is_0() -> None:
    falling = {"kind": "linear", "initial_lr": 0.1, "final_lr": 0.01, "epochs": 5, "past_end": "continue"}
    code = write(parse({"kind": "clamp", "schedule": falling}), "torch").code
    namespace: dict[str, Any] = {}

    exec(code[code.index("def linear") : code.index("def make_scheduler")], namespace)

    assert namespace["learning_rate"](100) == 0.0


def test_a_long_list_stands_in_columns() -> None:
    code = write(parse({"kind": "table", "values": [0.1] * 100}), "torch").code

    assert "VALUES = [\n    0.1, 0.1, 0.1," in code
    assert "]  # fmt: skip\n" in code
    assert max(map(len, code.splitlines())) <= 120
