"""Who may import whom: each contract of pyproject.toml keeps its rule, and catches a planted breach."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).parents[2]
Broken: TypeAlias = dict[tuple[str, str], set[str]]

SOURCE = ROOT / "service/setpoint"
ROOMS = (
    "adaptors",
    "adaptors/torch",
    "access",
    "api",
    "cli",
    "coordination",
    "curves",
    "interop",
    "interop/reading",
    "interop/writing",
    "plateau",
    "plotting",
    "runs",
    "schedules",
    "server",
    "wire",
)
IMPURE = {
    *("adaptors", "api", "cli", "client", "coordination", "curves", "dashboard", "journal", "server"),
    *("settings", "testing"),
}

ROOM = "A room knows only the rooms below it"
PURE = "Mathematics and rules are pure: no clock, chance, machine, network, store or numpy"
WORKER = "A worker's side does without the server's rooms and packages"
PACKAGE = "`import setpoint` imports nothing else"
NUMPY = "Only curves know numpy"
WEB = "Only the api and the pages know the web framework, and only the server its server"
TRACES = "Only spans know OpenTelemetry"
ENGINES = "Only the journal knows a database"
FRAMEWORKS = "A framework is known to its own adaptor alone"
LIBRARIES = "The libraries do not know each other"


BREACHES = (
    ("schedules/part", "import setpoint.curves", {ROOM}),
    ("schedules/part", "import setpoint.plateau", {ROOM}),
    ("interop/part", "import setpoint.curves", {ROOM}),
    ("curves/part", "import setpoint.interop", {ROOM}),
    ("runs/part", "import setpoint.wire", {ROOM}),
    ("wire/part", "import setpoint.coordination", {ROOM}),
    ("coordination/part", "import setpoint.api", {ROOM}),
    ("plotting/part", "import setpoint.schedules", {ROOM}),
    ("settings", "import setpoint.plotting", {ROOM}),
    ("errors", "import setpoint.settings", {ROOM}),
    ("api/part", "import setpoint.server", {ROOM}),
    ("api/part", "def f():\n    import setpoint.cli", {ROOM}),
    ("stowaway", "", {ROOM}),
    ("schedules/part", "import random", {PURE}),
    ("schedules/part", "def f():\n    import time", {PURE}),
    ("plateau/part", "from datetime import datetime", {PURE}),
    ("interop/part", "from os import environ", {PURE}),
    ("plotting/part", "import pathlib", {PURE}),
    ("errors", "import logging", {PURE}),
    ("runs/part", "from time import monotonic", {PURE}),
    ("wire/part", "import uuid", {PURE}),
    ("access/part", "import secrets", {PURE}),
    ("access/part", "import setpoint.runs", {ROOM}),
    ("interop/part", "import orjson", {PURE}),
    ("schedules/part", "import numpy", {PURE, NUMPY}),
    ("cli/part", "import setpoint.server.serve", {WORKER}),
    ("cli/part", "import setpoint.curves", {WORKER}),
    ("cli/part", "import orjson", {WORKER}),
    ("cli/serve", "import uvicorn, setpoint.server.serve", {WORKER, WEB}),
    ("__init__", "import setpoint.errors", {PACKAGE}),
    ("__init__", "import pydantic", {PACKAGE}),
    ("api/part", "import numpy", {NUMPY}),
    ("server/part", "import fastapi", {WEB}),
    ("api/part", "import uvicorn", {WEB}),
    ("server/part", "from opentelemetry import trace", {TRACES}),
    ("api/part", "import sqlite3", {ENGINES}),
    ("server/part", "import apsw", {ENGINES}),
    ("interop/part", "import torch", {FRAMEWORKS}),
    ("curves/part", "import optax", {FRAMEWORKS}),
    ("adaptors/keras", "import torch", {FRAMEWORKS}),
    ("adaptors/torch/part", "import transformers", {FRAMEWORKS}),
    ("adaptors/torch/part", "import setpoint.api", {ROOM, WORKER}),
    ("interop/reading/keras", "import setpoint.interop.reading.torch", {LIBRARIES}),
)
WELCOME = {
    "adaptors/torch/part": "import torch",
    "adaptors/lightning": "import lightning, torch, setpoint.adaptors.torch",
    "api/part": "import fastapi, starlette, orjson, setpoint.curves.part",
    "curves/part": "import numpy",
    "server/serve": "import uvicorn, setpoint.api",
    "server/spans": "import opentelemetry",
}


def a_tree(folder: Path, lines: Mapping[str, str]) -> Path:
    """Every room of the package with nothing in it, but for a line planted in the modules named."""
    package = folder / "setpoint"
    for room in ROOMS:
        (package / room).mkdir(parents=True)
        (package / room / "part.py").touch()
        (package / room / "__init__.py").touch()
    for module in ("__init__", "errors", "settings", "server/serve", "interop/reading/torch"):
        (package / module).with_suffix(".py").touch()
    (package / "cli/serve.py").write_text("import setpoint.server.serve", encoding="utf-8")
    for module, line in lines.items():
        (package / module).with_suffix(".py").write_text(line, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """The contracts that a tree breaks, by what was planted in it."""
    planted = [{}, WELCOME, *({module: line} for module, line, _ in BREACHES)]
    trees = [a_tree(tmp_path_factory.mktemp("tree"), lines) for lines in planted]
    command = [sys.executable, str(Path(__file__).with_name("contracts.py")), str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [*command, *map(str, trees)],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {named(lines): set(names) for lines, names in zip(planted, json.loads(done.stdout), strict=True)}


def named(lines: Mapping[str, str]) -> tuple[str, str]:
    return ", ".join(lines), "; ".join(lines.values())


def test_a_tree_with_nothing_in_it_breaks_no_contract(broken: Broken) -> None:
    assert broken[named({})] == set()


def test_the_room_meant_for_a_package_may_import_it(broken: Broken) -> None:
    assert broken[named(WELCOME)] == set()


@pytest.mark.parametrize(("module", "line", "contracts"), BREACHES)
def test_a_planted_breach_is_caught(module: str, line: str, contracts: set[str], broken: Broken) -> None:
    assert broken[named({module: line})] == contracts


def test_every_room_is_held_to_be_pure_or_known_not_to_be() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (sources,) = (each["source_modules"] for each in contracts if each["id"] == "pure")

    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}

    assert rooms - IMPURE - {"__init__"} <= {source.split(".")[1] for source in sources}


def test_every_room_is_a_package() -> None:
    for folder in {path.parent for path in SOURCE.rglob("*.py")}:
        assert (folder / "__init__.py").exists(), f"{folder.name}: its imports are not checked"
