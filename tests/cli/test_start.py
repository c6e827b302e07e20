"""What each command imports, and the words it takes."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from setpoint.cli import diff, exports, lr, plot
from setpoint.cli.misuse import flag
from setpoint.cli.parser import Parser
from setpoint.schedules.flat import leaves, parameters
from setpoint.schedules.kinds import KINDS
from tests.cli.shell import STEP

LOADED = """
import json, sys
from setpoint.cli.main import main
main(sys.argv[1:])
print("\\n" + json.dumps(sorted(sys.modules)))
"""
HEAVY = {
    "asyncio", "fastapi", "http.client", "httpx", "numpy", "orjson", "resvg_py", "ssl", "starlette", "uvicorn",
    "setpoint.api", "setpoint.curves", "setpoint.interop", "setpoint.plateau", "setpoint.plotting", "setpoint.server",
}  # fmt: skip


def _loaded(*words: str) -> set[str]:
    """The modules that a command brings into a new process."""
    command = [sys.executable, "-c", LOADED, *words]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    return set(json.loads(printed.splitlines()[-1]))


def test_a_learning_rate_needs_neither_the_server_nor_numpy_nor_a_picture() -> None:
    assert not HEAVY & _loaded("lr", *STEP.split(), "--epoch", "12")


def test_the_overview_needs_nothing() -> None:
    assert not {"argparse", "pydantic", "setpoint.schedules"} & _loaded("--help")


@pytest.mark.parametrize(
    "command",
    [
        "schedule cosine",
        "plot cosine",
        "plot cosine --format svg",
        "diff cosine cosine",
        "kinds step",
        "import torch StepLR step_size=5 --initial-lr 1",
        "export cosine --to torch",
    ],
)
def test_no_other_needs_the_server_or_numpy_either(command: str) -> None:
    rooms = {"setpoint.interop", "setpoint.plateau", "setpoint.plotting"}

    assert not (HEAVY - rooms) & _loaded(*command.split())


@pytest.mark.parametrize(
    "arguments", [diff.arguments, exports.arguments, lr.arguments, plot.arguments], ids=["diff", "export", "lr", "plot"]
)
@pytest.mark.parametrize("kind", list(leaves()))
def test_no_parameter_of_a_kind_has_the_name_of_a_commands_own_flag(
    arguments: Callable[[Parser], None], kind: str
) -> None:
    parser = Parser("setpoint", "", "", ())
    arguments(parser)
    own = set(parser.flags)

    assert own.isdisjoint(flag(name) for name in parameters(KINDS[kind]) if name != "kind")


def test_a_command_about_runs_asks_over_sockets_alone() -> None:
    loaded = _loaded("runs", "--url", "http://127.0.0.1:1")

    assert "setpoint.client.connections" in loaded
    assert not (HEAVY - {"ssl", "setpoint.plotting"}) & loaded
