"""Exported code gives the schedule's values: with the real libraries, at every epoch and past the end."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from setpoint.errors import NotConvertible
from setpoint.interop.writing import LIBRARIES, Exported, write
from setpoint.schedules.spec import Spec
from tests.frameworks.generated import schedules

SEED = 20_260
SCHEDULES = schedules(SEED, 210)
FAR = [1000, 4321, 20_000]
RUNNER = Path(__file__).with_name("running.py")
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}
DRIFT = 1e-9
"""torch's own schedulers compute each value from the one before."""


@dataclass(frozen=True)
class Case:
    file: str
    spec: Spec
    native: bool
    code: str
    epochs: list[int]

    @property
    def expected(self) -> list[float]:
        return [self.spec.lr(epoch) for epoch in self.epochs]


def _epochs(spec: Spec, far: bool) -> list[int]:
    last = min((spec.end or 150) + 40, 280)
    return [*range(last + 1), *(FAR if far else [])]


def _written(spec: Spec, library: str) -> Exported | None:
    try:
        return write(spec, library)
    except NotConvertible as refusal:
        print(f"refused: {refusal.detail}")
        return None


def _cases(library: str) -> list[Case]:
    found: list[Case] = []
    for i, spec in enumerate(SCHEDULES):
        exported = _written(spec, library)
        if exported is None:
            continue
        epochs = _epochs(spec, far=library in ("optax", "keras") or "LambdaLR" in exported.code)
        found.append(Case(f"{i:03}_{spec.plain()['kind']}.py", spec, exported.native, exported.code, epochs))
    return found


def _run(
    library: str, cases: list[Case], folder: Path, *, double: int | None = None, **environment: str
) -> dict[str, Any]:
    """What a fresh process makes of the snippets, of the first `double` (else of all) in float64 as well."""
    doubled = len(cases) if double is None else double
    for case in cases:
        (folder / case.file).write_text(case.code)
    work = [
        {"file": case.file, "epochs": case.epochs, "jit": i % 20 == 0, "double": i < doubled}
        for i, case in enumerate(cases)
    ]
    (folder / "work.json").write_text(json.dumps(work))
    settings = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1", **environment}
    command = [sys.executable, str(RUNNER), library, str(folder)]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return results


def _differences(library: str, case: Case, result: Any) -> list[str]:
    if isinstance(result, str):
        return [result]
    found: list[str] = []
    for numbers, values in result.items():
        expected = case.expected
        peak = max(expected)
        allowed = peak * (DRIFT if library == "torch" and case.native else TOLERANCE[numbers])
        pairs = zip(case.epochs, values, expected, strict=True)
        wrong = [
            f"{numbers} epoch {e}: {value!r}, not {right!r}"
            for e, value, right in pairs
            if not abs(value - right) <= allowed
        ]
        found += [f"{len(wrong)} of {len(values)} differ: {wrong[0]}"] if wrong else []
    return found


def _report(library: str, cases: list[Case], results: dict[str, Any]) -> list[str]:
    return [
        f"seed {SEED}, {case.spec.plain()}\n{fault}\n{case.code}"
        for case in cases
        for fault in _differences(library, case, results[case.file])
    ]


@pytest.mark.parametrize("library", LIBRARIES)
def test_exported_code_gives_the_values_of_the_schedule(library: str, tmp_path: Path) -> None:
    cases = _cases(library)

    results = _run(library, cases, tmp_path, double=0 if library == "keras" else None)

    native = sum(case.native for case in cases)
    refused = len(SCHEDULES) - len(cases)
    print(f"{library}, seed {SEED}: {native} native, {len(cases) - native} by formula, {refused} refused")
    assert len(cases) >= 200
    assert (faults := _report(library, cases, results)) == [], f"{len(faults)}\n" + "\n\n".join(faults[:8])


@pytest.mark.proof
@pytest.mark.parametrize("library", LIBRARIES)
def test_exported_code_runs_in_a_process_of_its_own(library: str, tmp_path: Path) -> None:
    case = next(case for case in _cases(library) if not case.native and case.spec.plain()["kind"] == "warmup")

    results = _run(library, [case], tmp_path, double=0 if library == "keras" else None)

    assert _report(library, [case], results) == []


def test_keras_code_is_right_on_its_torch_backend_and_its_own_schedules_in_float64_too(tmp_path: Path) -> None:
    cases = _cases("keras")
    native, formulas = [case for case in cases if case.native], [case for case in cases if not case.native][::8]

    results = _run("keras", [*native, *formulas], tmp_path, double=len(native), KERAS_BACKEND="torch")

    faults = _report("keras", [*native, *formulas], results)
    assert faults == [], "\n\n".join(faults[:8])
    assert all("float64" in results[case.file] for case in native)
