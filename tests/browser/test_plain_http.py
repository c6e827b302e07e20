"""Where clusters serve: by a name, over plain HTTP. There a browser keeps much back: clipboard, locks, random UUIDs."""

from collections.abc import Generator

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.reading import card, markers, steer
from tests.browser.service import Service

NAME = "cluster.test"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    served = Service(tmp_path_factory.mktemp("cluster"), "--allowed-hosts", NAME)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def elsewhere(playwright: Playwright, cluster: Service) -> Generator[BrowserContext]:
    """A browser that knows the service by its name alone."""
    launched = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    )
    context = launched.new_context(base_url=cluster.url.replace("127.0.0.1", NAME))
    context.set_default_timeout(20_000)
    yield context
    launched.close()


def test_tabs_follow_a_run_and_change_it(elsewhere: BrowserContext, cluster: Service) -> None:
    run = cluster.run()
    one, other = elsewhere.new_page(), elsewhere.new_page()
    for page in (one, other):
        page.goto(f"/?run={run}")
        expect(page.locator("#connection")).to_have_text("live")
    assert one.evaluate("[isSecureContext, Boolean(navigator.clipboard), Boolean(navigator.locks)]") == [False] * 3

    cluster.train(run, 3)
    for page in (one, other):
        expect(card(page, "epoch")).to_have_text("3")
    steer(one, "Scale", "over plain HTTP")

    for page in (one, other):
        expect(markers(page)).to_have_text(["×0.5"])


def test_what_is_copied_can_be_pasted(elsewhere: BrowserContext) -> None:
    page = elsewhere.new_page()
    page.goto("/designer")
    page.get_by_role("button", name="spec JSON").click()
    expect(page.locator(".export-code")).to_contain_text('"kind": "warmup"')

    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied", exact=True)).to_be_visible()
    page.get_by_text("Paste code or a spec").click()
    page.get_by_label("Code or a spec").focus()
    page.keyboard.press("Control+v")

    expect(page.get_by_label("Code or a spec")).to_have_value(page.locator(".export-code").inner_text())
