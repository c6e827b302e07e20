"""What happens elsewhere is seen, in any number of tabs, and after the service was gone."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.reading import card, markers
from tests.browser.service import Service

NO_WORKER = "delete window.SharedWorker"
NO_LOCKS = "Object.defineProperty(navigator, 'locks', {value: undefined})"


def opened(context: BrowserContext, run: str, tabs: int) -> list[Page]:
    pages = [context.new_page() for _ in range(tabs)]
    for page in pages:
        page.goto(f"/?run={run}")
    for page in pages:
        expect(page.locator("#connection")).to_have_text("live")
    return pages


@pytest.mark.parametrize("tabs", [2, 10])
def test_every_tab_follows(context: BrowserContext, service: Service, tabs: int) -> None:
    run = service.run()
    pages = opened(context, run, tabs)

    service.train(run, 3)

    for page in pages:
        expect(card(page, "epoch")).to_have_text("3")


@pytest.mark.parametrize("missing", [[NO_WORKER], [NO_WORKER, NO_LOCKS]], ids=["locks", "neither"])
def test_where_there_is_no_shared_worker_one_tab_tells_the_others(
    context: BrowserContext, service: Service, missing: Sequence[str]
) -> None:
    run = service.run()
    for script in missing:
        context.add_init_script(script)
    pages = opened(context, run, 8)

    service.train(run, 2)
    for page in pages:
        expect(card(page, "epoch")).to_have_text("2")

    pages[0].close()
    service.check_in(run, 3)
    for page in pages[1:]:
        expect(card(page, "epoch")).to_have_text("3")


def test_after_a_restart_it_is_live_again_with_every_marker_once(browser: Browser, empty_service: Service) -> None:
    service = empty_service
    context = browser.new_context(base_url=service.url)
    run = service.run()
    service.change(run, op="scale", factor=0.5, epoch=10)
    (page,) = opened(context, run, 1)
    expect(markers(page)).to_have_text(["×0.5"])

    service.stop()
    expect(page.locator("#connection")).to_contain_text("disconnected")
    service.start()
    service.change(run, op="scale", factor=0.25, epoch=20)

    expect(page.locator("#connection")).to_have_text("live")
    expect(markers(page)).to_have_text(["×0.5", "×0.25"])
    context.close()


def test_a_new_run_appears_in_the_list(page: Page, service: Service) -> None:
    page.goto("/")
    expect(page.locator("#connection")).to_have_text("live")

    run = service.run()

    expect(page.locator("#list").get_by_text(run, exact=True)).to_be_visible()
