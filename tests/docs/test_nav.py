"""Every page is found from the others."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAV = re.findall(r"^ +- .+: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_page_is_in_the_navigation() -> None:
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}

    assert pages - set(NAV) == set()


def test_no_page_is_there_twice() -> None:
    assert len(NAV) == len(set(NAV))
