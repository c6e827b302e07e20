"""The pages as they are sent: what keeps foreign things out of them, and how little they weigh."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette

from setpoint.dashboard import pages
from setpoint.dashboard.frame import STATIC
from setpoint.plotting.palette import DARK, LIGHT, Palette
from tests.api.service import Service

STYLE = (STATIC / "style.css").read_text(encoding="utf-8")
ADDRESSES = [route.path for route in pages.routes()]
MODULES = sorted(STATIC.rglob("*.js"))


@pytest.fixture(scope="module")
def client() -> Service:
    return Service(Starlette(routes=pages.routes()))


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_from_elsewhere_and_nothing_inline_runs_in_any_page(client: Service, address: str) -> None:
    policy = client.get(address).headers["content-security-policy"]

    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy


@pytest.mark.parametrize("page", ["/", "/designer", "/sign-in"])
def test_a_page_has_no_inline_script_or_style(client: Service, page: str) -> None:
    text = client.get(page).text

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]* src=)", text)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_module_never_reads_markup(module: Path) -> None:
    code = module.read_text(encoding="utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", code)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_module_asks_no_other_host(module: Path) -> None:
    code = module.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")

    assert not re.search(r"https?://", code)


def test_all_files_together_weigh_less_than_60_kilobytes(client: Service) -> None:
    sizes = [len(gzip.compress(client.get(address).content)) for address in ADDRESSES]

    assert sum(sizes) < 60_000


def test_comments_are_not_sent_and_every_line_stays_where_it_is() -> None:
    code = """/** Sums.
 * @param {number} a
 */
export function sum(a, b) {
  // Both are given.
  return a + b; // there
}
/* one */ let x = "/* text */";
/** @type {any} */
let y = 2;
"""

    assert pages.uncommented(code).splitlines() == [
        "",
        "",
        "",
        "export function sum(a, b) {",
        "",
        "  return a + b; // there",
        "}",
        '/* one */ let x = "/* text */";',
        "",
        "let y = 2;",
    ]


def test_a_file_is_sent_packed_to_who_can_unpack_it(client: Service) -> None:
    packed = client.get("/static/style.css", accept_encoding="gzip")
    plain = client.get("/static/style.css", accept_encoding="identity")

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


def test_a_file_that_the_browser_has_is_not_sent_again(client: Service) -> None:
    etag = client.get("/").headers["etag"]

    again = client.get("/", if_none_match=etag)

    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_pages_wear_the_colours_of_the_pictures(palette: Palette) -> None:
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)", 1)
    css = light if palette is LIGHT else dark
    worn = {name: re.search(rf"--{name}: (#[0-9a-f]{{6}});", css) for name in NAMES}

    assert {name: found and found[1] for name, found in worn.items()} == {
        **{name: getattr(palette, name) for name in NAMES[:5]},
        **{f"c{i}": colour for i, colour in enumerate(palette.curves)},
    }


NAMES = ["background", "ink", "muted", "grid", "preview", "c0", "c1", "c2", "c3", "c4"]


@pytest.mark.parametrize(("page", "entry"), [("/", "runs.js"), ("/designer", "designer.js")])
def test_a_page_asks_for_all_of_its_modules_at_once(client: Service, page: str, entry: str) -> None:
    preloaded = re.findall(r'modulepreload" href="/static/([^"]+)"', client.get(page).text)

    assert sorted(preloaded) == sorted(_needed(STATIC / entry, set()))


def _needed(module: Path, found: set[str]) -> set[str]:
    """What `module` imports, and what that imports."""
    for name in re.findall(r'from "(\.[^"]+)"', module.read_text(encoding="utf-8")):
        path = (module.parent / name).resolve()
        relative = path.relative_to(STATIC.resolve()).as_posix()
        if relative not in found:
            found.add(relative)
            _needed(path, found)
    return found
