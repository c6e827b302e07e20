"""What the README shows is what the service answers."""

import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\$ curl '(http://127\.0\.0\.1:8321/[^']+)'\n(.+)$", README, re.MULTILINE)


@pytest.fixture(scope="module")
def address() -> Generator[str]:
    """The address of a service started from the command line, as its greeting tells it."""
    command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0"]
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


@pytest.mark.parametrize("path", ["/docs", "/readyz", "/livez", "/openapi.json"])
def test_the_pages_that_are_promised_are_there(path: str, address: str) -> None:
    assert httpx.get(address + path).status_code == 200


def test_the_picture_of_the_greeting_is_there(address: str) -> None:
    seed = "kind=step&initial_lr=0.1&step_size=5&gamma=0.5&stop=30&format=svg"

    picture = httpx.get(f"{address}/v1/schedule?{seed}")

    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
