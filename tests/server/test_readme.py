"""What the README shows is what the service answers."""

import re
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from shutil import which

import httpx
import pytest

from tests.api_runs.process import Process

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\$ curl '(http://127\.0\.0\.1:8321/[^']+)'\n(.+)$", README, re.MULTILINE)
DAY = README.partition("## A day in the life")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^\$ (.+)\n((?:[^$`].*\n)?)", DAY, re.MULTILINE)
"""What it shows of a day: each command, and what that answers; `...` stands for anything."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a service started from the command line, as its greeting tells it."""
    command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0"]
    command += ["--data", str(tmp_path_factory.mktemp("data"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        try:
            yield greeting.split()[3]
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.mark.parametrize(("url", "answer"), SHOWN)
def test_a_request_of_the_readme_has_the_answer_it_shows(url: str, answer: str, address: str) -> None:
    assert httpx.get(url.replace("http://127.0.0.1:8321", address)).text == answer


def test_the_readme_shows_the_seed_example() -> None:
    assert '{"epoch":12,"lr":0.025}' in [answer for _, answer in SHOWN]


@pytest.mark.parametrize("path", ["/", "/docs", "/readyz", "/livez", "/openapi.json"])
def test_the_pages_that_are_promised_are_there(path: str, address: str) -> None:
    assert httpx.get(address + path).status_code == 200


def test_the_commands_of_the_readme_do_what_it_says(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    shown = README.partition("## Schedules")[2].partition("\n## ")[0]
    script = "\n".join(re.findall(r"^\$ \.venv/bin/(setpoint .+)$", shown, re.MULTILINE))

    done = subprocess.run(
        ["sh", "-ec", script], cwd=tmp_path, env={"PATH": path}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "learning rate" in done.stdout
    assert "optax.exponential_decay(" in done.stdout


@pytest.mark.skipif(which("curl") is None, reason="the README speaks to the service with curl")
def test_the_day_of_the_readme_is_as_it_shows(tmp_path: Path) -> None:
    assert len(COMMANDS) == 13
    said, run = 'curl() { command curl -sS "$@"; }\n', ""
    service = Process(tmp_path)
    for command, answer in COMMANDS:
        if command.startswith("kill -9"):
            with service:
                assert service.end(signal.SIGKILL).code == -signal.SIGKILL
            service = Process(tmp_path)
        elif command.startswith("RUN="):
            run = command
        else:
            script = said + run.replace("http://127.0.0.1:8321", service.url) + "\n" + command
            done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
            assert re.fullmatch(re.escape(answer.strip()).replace(r"\.\.\.", ".*"), done.stdout.strip()), command
    with service:
        assert service.end().code == 0
