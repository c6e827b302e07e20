"""What the README says of the service is so."""

import argparse
import re
from pathlib import Path

import httpx
import pytest

from setpoint.cli import serve
from setpoint.schedules.kinds import KINDS
from tests.api_runs.process import ROOT, Process
from tests.docs.story import Shown, read

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING = re.compile(r"^\| `(--[a-z-]+)` \| `(SETPOINT_[A-Z_]+)`.* \| (.*) \|$", re.MULTILINE)


def test_it_shows_the_seed_example() -> None:
    seed = "curl 'http://127.0.0.1:8321/v1/lr?kind=step&initial_lr=0.1&step_size=5&gamma=0.5&epoch=12'"

    assert Shown(seed, '{"epoch":12,"lr":0.025}\n') in read("README.md")


def test_it_tells_a_day_in_the_life_of_a_run() -> None:
    day = [shown.command for shown in read("README.md")]

    assert [sum(word in command for command in day) for word in ("/changes -H", "kill -9", "/attempts")] == [1, 1, 1]


def test_the_pages_that_are_promised_are_there(tmp_path: Path) -> None:
    with Process(tmp_path) as service:
        found = [httpx.get(f"{service.url}{path}").status_code for path in ("/", "/docs", "/readyz", "/openapi.json")]

    assert found == [200, 200, 200, 200]


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_the_kinds_are_counted(page: str) -> None:
    assert re.findall(r"(\d+) kinds", (ROOT / page).read_text(encoding="utf-8")) == [str(len(KINDS))]


def test_every_setting_is_in_the_table_and_none_else() -> None:
    parser = argparse.ArgumentParser()
    serve.arguments(parser)
    flags = {action.option_strings[-1]: action.help or "" for action in parser._actions[1:]}

    assert {flag: variable for flag, variable, _ in SETTING.findall(README)} == {
        flag: told[1] if (told := re.search(r"\$(SETPOINT_[A-Z_]+)", words)) else "" for flag, words in flags.items()
    }


@pytest.mark.parametrize(("flag", "default"), [("--host", "127.0.0.1"), ("--port", "8321"), ("--grace-seconds", "8")])
def test_a_default_is_the_one_in_the_table(flag: str, default: str) -> None:
    assert (flag, default) in [(name, value) for name, _, value in SETTING.findall(README)]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).exists()
