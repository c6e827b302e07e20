"""How fast the pages are, and how little they load."""

import json
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.browser.reading import card
from tests.browser.service import Service

DRAWN = """() => new Promise((resolve) => {
  const began = performance.now();
  import("/static/chart/chart.js").then(({ Chart }) => {
    const host = document.createElement("div");
    document.body.append(host);
    const chart = new Chart(host);
    const xs = Array.from({ length: 10000 }, (_, i) => i);
    const ys = xs.map((x) => 0.1 * (1 + Math.sin(x / 300)));
    const start = performance.now();
    chart.show({ series: [{ name: "LR", xs, ys }], label: "LR" });
    const isDrawn = () => host.querySelector("path.curve");
    const look = () => isDrawn() ? resolve(performance.now() - start) : requestAnimationFrame(look);
    look();
  });
})"""
MARK = """new MutationObserver(() => {
  if (!window.drawn && document.querySelector("path.curve")) window.drawn = performance.now();
}).observe(document, { childList: true, subtree: true })"""

WATCH_FRAMES = """() => {
  let last = performance.now();
  const beat = (now) => { if (now - last > 100) window.slow++; last = now; requestAnimationFrame(beat); };
  requestAnimationFrame(beat);
}"""
TRIES = 3
"""The best of them counts: whatever else the machine does is not what is measured."""


def test_ten_thousand_points_are_drawn_within_300_milliseconds(page: Page) -> None:
    page.goto("/designer")

    assert page.evaluate(DRAWN) < 300


def test_the_first_curve_is_there_within_half_a_second(page: Page) -> None:
    page.add_init_script(MARK)

    drawn = [first_curve(page) for _ in range(TRIES)]

    assert min(drawn) < 500


def first_curve(page: Page) -> float:
    """After how many milliseconds it is drawn, with nothing kept from before."""
    page.goto("/designer")
    expect(page.locator("path.curve")).to_have_count(1)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    return float(page.evaluate("window.drawn"))


def test_the_files_of_a_page_transfer_less_than_60_kilobytes(page: Page, service: Service) -> None:
    page.goto(f"/?run={service.run()}")
    expect(page.locator("path.curve").first).to_be_attached()

    files = "performance.getEntries().filter(e => e.transferSize && !e.name.includes('/v1/'))"
    assert 0 < sum(page.evaluate(f"{files}.map(e => e.transferSize)")) < 60_000


def test_ten_updates_a_second_drop_no_frame(page: Page, service: Service) -> None:
    run = service.run(unit="step", schedule={"kind": "cosine", "initial_lr": 0.1, "epochs": 20_000})
    page.goto(f"/?run={run}")
    expect(card(page, "epoch")).to_be_visible()
    page.evaluate(WATCH_FRAMES)
    slow = list[int]()

    for attempt in range(TRIES):
        page.evaluate("window.slow = 0")
        for step in range(20):
            service.check_in(run, 20 * attempt + step)
            page.wait_for_timeout(60)
        slow.append(page.evaluate("window.slow"))

    expect(card(page, "epoch")).to_have_text("59")
    assert min(slow) == 0


def test_a_jump_is_exact_at_any_zoom(page: Page) -> None:
    spec = quote(json.dumps({"kind": "multistep", "initial_lr": 0.1, "milestones": [30_000, 70_001], "gamma": 0.1}))
    page.goto(f"/designer#a={spec}")
    expect(page.locator("path.curve")).to_have_count(1)
    plot = page.locator(".chart-plot")
    plot.focus()

    page.keyboard.press("Home")
    values = set[str]()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        values.add(str(plot.get_attribute("aria-valuetext")))

    assert "epoch 29,999, A 0.1" in values
    assert "epoch 30,000, A 0.01" in values
    assert "epoch 70,001, A 0.001" in values
