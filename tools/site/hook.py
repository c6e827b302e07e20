"""What MkDocs calls while it builds: pages that are made, and parts of pages."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from setpoint.schedules.kinds import KINDS
from tools.site import figures, kinds, reference

ROOT = Path(__file__).parents[2]
BORROWED = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "reporting.md"}
"""Pages that stand at the root of the source, where people look for them."""

MADE: Mapping[str, Callable[[], str]] = {
    "kinds": kinds.overview,
    "kind entries": kinds.entries,
    "operations": reference.operations,
    "problems": reference.problems,
    "proof figures": partial(figures.table, "proof"),
    "bench figures": partial(figures.table, "bench"),
}
_PLACE = re.compile(r"^<!-- made: (.+?) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)
"""Where a made part goes; what stands there is for those who read the source."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, target in BORROWED.items():
        text = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, target, content=text))
    for name in KINDS:
        files.append(File.generated(config, f"pictures/kinds/{name}.svg", content=kinds.curve(name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    return _PLACE.sub(lambda place: MADE[place[1]](), markdown)
