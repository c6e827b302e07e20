"""How quick the pages are, in a real browser: `make bench-pages`.

    python -m tests.browser.speed [--json FILE]

The service and Chromium are started by this script, on loopback. What a machine does besides makes every figure worse
and none better, so the best of a few tries counts.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.service import Service

TRIES = 5

MARK = """new MutationObserver(() => {
  if (!window.drawn && document.querySelector("path.curve")) window.drawn = performance.now();
}).observe(document, { childList: true, subtree: true })"""
TRANSFERRED = "performance.getEntries().map(e => e.transferSize ?? 0).reduce((a, b) => a + b) / 1000"
DRAWN = """() => new Promise((resolve) => {
  import("/static/chart/chart.js").then(({ Chart }) => {
    const host = document.body.appendChild(document.createElement("div"));
    const chart = new Chart(host);
    const xs = Array.from({ length: 10000 }, (_, i) => i);
    const ys = xs.map((x) => 0.1 * (1 + Math.sin(x / 300)));
    const start = performance.now();
    chart.show({ series: [{ name: "LR", xs, ys }], label: "LR" });
    const look = () => {
      if (!host.querySelector("path.curve")) return requestAnimationFrame(look);
      resolve(performance.now() - start);
      host.remove();
    };
    look();
  });
})"""
FRAMES = """(updates) => new Promise((resolve) => {
  import("/static/chart/chart.js").then(({ Chart }) => {
    const host = document.body.appendChild(document.createElement("div"));
    const chart = new Chart(host);
    const xs = Array.from({ length: 10000 }, (_, i) => i);
    let [shift, last, longest] = [0, performance.now(), 0];
    const update = () => {
      shift += 1;
      const ys = xs.map((x) => 0.1 * (1 + Math.sin((x + 40 * shift) / 300)));
      chart.show({ series: [{ name: "LR", xs, ys }], label: "LR" });
    };
    const timer = setInterval(update, 100);
    const beat = (now) => {
      if (shift > 1) longest = Math.max(longest, now - last);
      last = now;
      if (shift < updates) return requestAnimationFrame(beat);
      clearInterval(timer);
      resolve(longest);
      host.remove();
    };
    requestAnimationFrame(beat);
  });
})"""


@dataclass(frozen=True)
class Row:
    """A figure, and the most it may be."""

    name: str
    unit: str
    found: float
    most: float

    @property
    def is_met(self) -> bool:
        return self.found <= self.most


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    options = parser.parse_args()
    rows = measured()
    for row in rows:
        print(f"{row.name:46} {row.found:8.1f} {row.unit:3} at most {row.most:4.0f}{'' if row.is_met else '  MISSED'}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


def measured() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        service = Service(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        run = service.run(unit="step", schedule={"kind": "cosine", "initial_lr": 0.1, "epochs": 100_000})

        def on_a_new_page(measure: Callable[[Page], float]) -> float:
            context = browser.new_context(base_url=service.url, viewport={"width": 1440, "height": 900})
            context.add_init_script(MARK)
            found = measure(context.new_page())
            context.close()
            return found

        def best(measure: Callable[[Page], float]) -> float:
            return min(on_a_new_page(measure) for _ in range(TRIES))

        places = {"runs": f"/?run={run}", "designer": "/designer"}
        rows = [Row(f"{name}: first curve, nothing cached", "ms", best(_first(at)), 500) for name, at in places.items()]
        rows += [Row(f"{name}: transferred, answers included", "kB", best(_all(at)), 60) for name, at in places.items()]
        rows += [
            Row("10,000 points drawn", "ms", best(lambda page: _evaluated(page, DRAWN)), 300),
            Row("longest frame at 10 updates/s of 10,000 points", "ms", best(_longest), 34),
            Row("live again after a restart", "ms", on_a_new_page(lambda page: _live_again(page, service)), 3000),
        ]
        browser.close()
        service.stop()
    return rows


def _drawn(page: Page) -> None:
    page.locator("path.curve").first.wait_for(state="attached")


def _first(address: str) -> Callable[[Page], float]:
    """After how many milliseconds the first curve is drawn."""

    def measure(page: Page) -> float:
        page.goto(address)
        _drawn(page)
        return float(page.evaluate("window.drawn"))

    return measure


def _all(address: str) -> Callable[[Page], float]:
    """How many kilobytes are transferred until the page is complete."""

    def measure(page: Page) -> float:
        page.goto(address)
        _drawn(page)
        page.wait_for_timeout(700)  # an event stream is never idle
        return float(page.evaluate(TRANSFERRED))

    return measure


def _longest(page: Page) -> float:
    """A frame that is dropped makes the next one last twice as long: 33.3 ms instead of 16.7."""
    page.goto("/designer")
    _drawn(page)
    return float(page.evaluate(FRAMES, 20))


def _live_again(page: Page, service: Service) -> float:
    """After how many milliseconds from the first answer of the service that was started again."""
    page.goto("/")
    badge = page.locator("#connection")
    expect(badge).to_have_text("live")
    service.stop()
    expect(badge).to_contain_text("disconnected")
    service.start()
    began = time.monotonic()
    expect(badge).to_have_text("live")
    return 1000 * (time.monotonic() - began)


def _evaluated(page: Page, script: str) -> float:
    page.goto("/designer")
    _drawn(page)
    return float(page.evaluate(script))


if __name__ == "__main__":
    sys.exit(main())
