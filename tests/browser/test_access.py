"""For everybody: with a keyboard, with a screen reader, on a phone, in the dark."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.reading import apply_button, card, cursor, markers, operation, panel
from tests.browser.service import Service


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("place", ["runs", "run", "designer", "sign-in"])
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_screen(
    browser: Browser, service: Service, place: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    run = service.run(labels={"team": "vision"}, groups={"head": {"kind": "constant", "initial_lr": 0.2}})
    service.change(run, op="scale", factor=0.5, epoch=4)
    service.train(run, 5)
    context = browser.new_context(base_url=service.url, viewport={"width": width, "height": 860}, color_scheme=scheme)
    page = context.new_page()
    page.goto({"runs": "/", "run": f"/?run={run}", "designer": "/designer", "sign-in": "/sign-in"}[place])
    if place == "run":
        operation(page, "Decay").click()
        expect(apply_button(page)).to_be_enabled()
    elif place == "designer":
        page.get_by_text("Paste code or a spec").click()
        page.locator("summary", has_text="Create a run").click()
        expect(page.locator(".form .part")).not_to_have_count(0)
        expect(page.locator("path.curve")).to_have_count(1)
    elif place == "runs":
        expect(page.locator("#list > li").first).to_be_visible()
    else:
        expect(page.get_by_label("Token")).to_be_focused()

    found = Axe().run(page).response["violations"]

    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_run_is_found_and_changed_with_the_keyboard_alone(page: Page, service: Service) -> None:
    run = service.run("keyboard-only")
    service.train(run, 3)
    page.goto("/")
    expect(page.locator("#list > li").first).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("keyboard-only")
    page.keyboard.press("Enter")
    expect(card(page, "epoch")).to_have_text("3")
    operation(page, "Scale").focus()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_label("Factor")).to_be_focused()
    expect(apply_button(page)).to_be_enabled()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("by hand")
    page.keyboard.press("Enter")

    expect(markers(page)).to_have_text(["×0.5"])
    expect(page.locator("#announce")).to_have_text("Applied: scale at epoch 4.")
    assert service.log(run)[0]["reason"] == "by hand"


def test_escape_ends_a_preview_and_gives_the_focus_back(page: Page, service: Service) -> None:
    page.goto(f"/?run={service.run()}")
    operation(page, "Hold").click()
    expect(panel(page)).to_be_visible()

    page.keyboard.press("Escape")

    expect(panel(page)).to_be_hidden()
    expect(operation(page, "Hold")).to_be_focused()


def test_j_and_k_walk_through_the_runs(page: Page, service: Service) -> None:
    older, newer = service.run(), service.run()
    page.goto("/")
    expect(page.locator("#list").get_by_text(newer, exact=True)).to_be_visible()

    page.keyboard.press("j")
    expect(page.get_by_role("heading", name=newer, exact=True)).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name=older, exact=True)).to_be_visible()
    page.keyboard.press("k")

    expect(page.get_by_role("heading", name=newer, exact=True)).to_be_visible()


def test_the_chart_is_read_off_with_arrow_keys(page: Page, service: Service) -> None:
    run = service.run()
    service.change(run, op="scale", factor=0.5, epoch=40, reason="later less")
    service.train(run, 2)
    page.goto(f"/?run={run}")
    expect(markers(page)).to_have_count(1)
    plot = cursor(page)

    plot.focus()
    page.keyboard.press("Home")
    expect(plot).to_have_attribute("aria-valuetext", "epoch 0, LR, sealed 0.1")
    page.keyboard.press("PageUp")

    expect(plot).to_have_attribute("aria-valuenow", "40")
    expect(plot).to_have_attribute("aria-valuetext", "epoch 40, LR, planned 0.005, ×0.5: change 1, later less")
