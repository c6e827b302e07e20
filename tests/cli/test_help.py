"""What teaches: the overview, each command's help, and every example in them."""

import pytest

from setpoint import __version__
from setpoint.cli import confirm
from setpoint.cli.commands import COMMANDS
from setpoint.cli.kinds import command
from setpoint.schedules.kinds import KINDS
from tests.cli.shell import line, run

ABOUT_RUNS = ("create", "runs", "run", "watch", "change", "rollback", "finish")
ABOUT_STORES = ("serve", "migrate", "copy", "audit", "backup", "restore", "doctor")  # tests/stores, tests/upkeep
ABOUT_ACCESS = ("token",)  # tests/cli/test_token.py
APART = {*ABOUT_RUNS, *ABOUT_STORES, *ABOUT_ACCESS}
EXAMPLES = [example for name, row in COMMANDS.items() if name not in APART for example in row.examples]
OF_RUNS = [example for name in ABOUT_RUNS if name != "watch" for example in COMMANDS[name].examples]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_does_what_it_says(example: str) -> None:
    ended = line(example)

    assert all(line.startswith("note: ") for line in ended.err.splitlines())
    assert ended.code == 0 or (ended.code == 1 and ended.out.startswith("differ at "))
    assert ended.raw or "-o" in example


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("example", OF_RUNS)
def test_every_example_about_a_run_does_what_it_says(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "agreed", bool)

    ended = line(example.replace(" --url http://127.0.0.1:8321", ""))

    assert ended.code == 0
    assert ended.raw


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_that_draws_a_kind_draws_it(kind: str) -> None:
    ended = run(command(kind).removeprefix("setpoint "))

    assert (ended.code, ended.err) == (0, "")
    assert "learning rate" in ended.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_ends_with_its_examples(name: str) -> None:
    ended = run(f"{name} --help")

    assert ended.code == 0
    assert ended.out.rstrip().endswith("\n".join(f"  {example}" for example in COMMANDS[name].examples))


@pytest.mark.parametrize("words", ["", "--help", "-h", "help"])
def test_the_overview_names_every_command(words: str) -> None:
    ended = run(words)

    assert ended.code == 0
    assert all(f"\n  {name} " in ended.out for name in COMMANDS)


def test_the_help_of_a_kind_lists_its_parameters_with_their_defaults() -> None:
    ended = run("lr --kind step --help")

    assert "initial_lr * gamma ** floor(e / step_size)" in ended.out
    assert "--step-size VALUE   How many epochs from one drop to the next. (required)" in ended.out
    assert "(default\n                      0.1)" in ended.out


def test_the_version_is_the_packages() -> None:
    assert run("--version").out == f"setpoint {__version__}\n"
