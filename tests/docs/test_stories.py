"""What the pages show being typed has the answers that they show."""

from pathlib import Path

import pytest

from tests.docs.story import PICTURES, Shown, Terminal, read

PAGES = [
    "README.md",
    "docs/index.md",
    "docs/concepts.md",
    "docs/http.md",
    "docs/schedules.md",
    "docs/guides/other-languages.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_what_happens(page: str, tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        for shown in read(page):
            terminal.tells(shown)
        for picture in terminal.folder.glob("*.svg"):
            is_kept = picture.read_text(encoding="utf-8") == (PICTURES / picture.name).read_text(encoding="utf-8")
            assert is_kept, f"{picture.name} looks otherwise by now: python -m tests.docs.pictures draws it anew"


def test_an_answer_that_is_not_as_shown_fails(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal, pytest.raises(AssertionError):
        terminal.tells(Shown("echo 0.05", "0.025"))


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal, pytest.raises(AssertionError):
        terminal.tells(Shown("setpoint no-such-command", "..."))
