"""The pictures of the documentation, made anew: `make pictures` (apt-get install chromium pngquant optipng).

    python -m tests.browser.pictures [FOLDER]

They show a real service and what a team did there. FOLDER is docs/pictures unless given.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import scene
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.reading import apply_button, operation, panel
from tests.browser.service import Service

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
MOST_BYTES = 150_000
PACKERS = (["pngquant", "--force", "--ext", ".png", "--quality", "70-95", "--speed", "1"], ["optipng", "-quiet", "-o5"])

COMPARED = (
    '{"kind":"warmup","warmup_epochs":5,"schedule":{"kind":"cosine","initial_lr":0.1,"epochs":85,"min_lr":0.001}}',
    '{"kind":"one_cycle","peak_lr":0.1,"epochs":90}',
    '{"kind":"step","initial_lr":0.1,"step_size":30,"gamma":0.1}',
)


@dataclass(frozen=True)
class Picture:
    """What is shown, how large, and what is done there before it is taken."""

    name: str
    address: str
    prepare: Callable[[Page], None]
    scheme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = (1360, 900)
    scale: float = 1.5
    whole: bool = True
    """With what is below the fold."""


def _previewed(page: Page) -> None:
    _steered(page)
    _drawn(page)


def _steered(page: Page) -> None:
    page.get_by_label("log LR").check()
    operation(page, "Scale").click()
    expect(apply_button(page)).to_be_enabled()
    panel(page).get_by_label("Reason").fill("grad norm still drifts")
    expect(page.locator("path.curve.preview")).to_have_count(2)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def _drawn(page: Page) -> None:
    """With all curves in the list, and no cursor."""
    expect(page.locator("#list .spark path")).to_have_count(5)
    expect(page.locator("#connection")).to_have_text("live")
    page.evaluate("document.activeElement.blur()")


def _designed(page: Page) -> None:
    expect(page.locator("path.curve")).to_have_count(3)
    expect(page.locator(".form .part")).not_to_have_count(0)
    expect(page.locator(".export-code")).to_contain_text("curl")
    page.get_by_role("button", name="PyTorch").click()
    expect(page.locator(".export-code")).to_contain_text("torch")
    page.evaluate("document.activeElement.blur()")


DESIGN = "&".join(f"{slot}={quote(spec)}" for slot, spec in zip("abc", COMPARED, strict=True))
PICTURES = (
    Picture("runs-light", f"/?run={scene.LIVE}", _previewed),
    Picture("runs-dark", f"/?run={scene.LIVE}", _previewed, "dark"),
    Picture("plateau", f"/?run={scene.MEASURED}", _drawn, "dark"),
    Picture("designer", f"/designer#{DESIGN}", _designed, size=(1360, 1060), whole=False),
    Picture("phone", f"/?run={scene.LIVE}", _steered, "light", (390, 844), 2, whole=False),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, metavar="FOLDER")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    missing = [command[0] for command in PACKERS if shutil.which(command[0]) is None]
    if missing:
        print(f"{' and '.join(missing)} not found: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        service = Service(Path(data))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        scene.play(service)
        sizes = [_taken(browser, service, picture, folder) for picture in PICTURES]
        browser.close()
        service.stop()
    return 0 if max(sizes) < MOST_BYTES else 1


def _taken(browser: Browser, service: Service, picture: Picture, folder: Path) -> int:
    """How many bytes it has in the end."""
    width, height = picture.size
    scene.beat(service)
    context = browser.new_context(
        base_url=service.url,
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        device_scale_factor=picture.scale,
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(picture.address)
    picture.prepare(page)
    page.wait_for_timeout(300)  # the last frame
    path = folder / f"{picture.name}.png"
    page.screenshot(path=path, full_page=picture.whole)
    context.close()
    for command in PACKERS:
        subprocess.run([*command, path], check=True)
    print(f"{path.name:18} {path.stat().st_size / 1000:6.0f} kB")
    return path.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
