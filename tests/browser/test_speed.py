"""How little the pages load, and how exact they are. What they take is measured by `make bench-pages`."""

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.service import Service

TRANSFERRED = "performance.getEntries().map(e => e.transferSize ?? 0).reduce((a, b) => a + b)"
"""All of it in bytes: the page, its files, and what they ask the service."""


@pytest.mark.parametrize(
    ("place", "last"), [("runs", "No worker has checked in yet."), ("designer", "/v1/schedule --json")]
)
def test_a_page_with_all_that_it_asks_for_transfers_less_than_60_kilobytes(
    page: Page, empty_service: Service, place: str, last: str
) -> None:
    run = empty_service.run(unit="step", schedule={"kind": "cosine", "initial_lr": 0.1, "epochs": 100_000})

    page.goto(empty_service.url + (f"/?run={run}" if place == "runs" else "/designer"))
    expect(page.locator("path.curve").first).to_be_attached()
    expect(page.get_by_text(last)).to_be_visible()
    expect(page.locator("#list .spark path, .form .part").first).to_be_attached()

    assert 10_000 < page.evaluate(TRANSFERRED) < 60_000


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
