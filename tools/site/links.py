"""Checks the built pages with no network: every link and anchor leads somewhere, and nothing is loaded from elsewhere.

python -m tools.site.links out/docs
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img": "src", "script": "src", "source": "src", "iframe": "src", "link": "href"}
HARMLESS = {"canonical", "next", "prev", "edit", "alternate"}
"""Relations of a page that no browser follows by itself."""


@dataclass
class Links(HTMLParser):
    """What a page links to, what it loads, and the anchors that it has."""

    links: list[str] = field(default_factory=list[str])
    loaded: list[str] = field(default_factory=list[str])
    anchors: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in LOADED and LOADED[tag] in given and given.get("rel") not in HARMLESS:
            self.loaded.append(given[LOADED[tag]])


def read(page: Path) -> Links:
    links = Links()
    links.feed(page.read_text(encoding="utf-8"))
    return links


def broken(site: Path) -> Iterator[str]:
    """What is wrong, each as one line."""
    pages = {page: read(page) for page in sorted(site.rglob("*.html"))}
    for page, found in pages.items():
        here = page.relative_to(site)
        for address in [*found.links, *found.loaded]:
            if not urlsplit(address).scheme and not address.startswith("//") and not _leads(address, page, site, pages):
                yield f"{here}: {address} leads nowhere"
        yield from (f"{here}: loads {address} from elsewhere" for address in found.loaded if "//" in address)


def _leads(address: str, page: Path, site: Path, pages: dict[Path, Links]) -> bool:
    parts = urlsplit(address)
    path = unquote(parts.path)
    base = site if path.startswith("/") else page.parent
    target = (base / path.lstrip("/")).resolve() if path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(site) or not target.exists():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in pages or anchor in pages[target].anchors


def main() -> int:
    site = Path(sys.argv[1]).resolve()
    wrong = list(broken(site))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
