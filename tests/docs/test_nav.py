"""Every page is found from the others."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAV = re.findall(r"^ +- .+: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)


BORROWED = {"changelog.md", "contributing.md", "reporting.md"}
"""Pages that stand at the root of the source."""


def test_the_navigation_has_every_page_and_nothing_else() -> None:
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}

    assert set(NAV) == pages | BORROWED


def test_no_page_is_there_twice() -> None:
    assert len(NAV) == len(set(NAV))
