"""Where tokens are asked for: who signs in sees the pages, and may do there what the token may."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import flawless, visiting
from tests.browser.reading import card, operation, steer
from tests.browser.service import Service


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    served = Service(tmp_path_factory.mktemp("guarded"), "--auth")
    yield served
    served.stop()


@pytest.fixture
def tab(browser: Browser, guarded: Service) -> Generator[Page]:
    """One of a browser that nobody has signed in with."""
    with visiting(browser, guarded) as visitor, flawless(visitor) as opened:
        yield opened


def sign_in(page: Page, secret: str) -> None:
    page.get_by_label("Token").fill(secret)
    page.get_by_role("button", name="Sign in").click()


def test_who_has_not_signed_in_is_asked_to_and_comes_back(tab: Page, guarded: Service) -> None:
    run = guarded.run()
    tab.goto(f"/?run={run}")
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()

    sign_in(tab, guarded.token)

    expect(tab.get_by_role("heading", name=run)).to_be_visible()
    expect(tab.locator("#connection")).to_have_text("live")
    expect(tab.locator("#account")).to_contain_text("admin")
    guarded.check_in(run, 0)
    guarded.check_in(run, 1)
    expect(card(tab, "epoch")).to_have_text("1")
    steer(tab, "Scale", "with a session")
    assert guarded.log(run)[0]["actor"].startswith("admin@")


def test_what_is_no_token_is_said_to_be_none(tab: Page) -> None:
    tab.goto("/sign-in")

    sign_in(tab, "sp_nothing")

    expect(tab.locator("#told")).to_contain_text("not known here")
    expect(tab.get_by_label("Token")).to_have_attribute("aria-invalid", "true")
    expect(tab.get_by_label("Token")).to_be_focused()


def test_a_link_signs_in_once_and_leaves_no_trace(tab: Page, browser: Browser, guarded: Service) -> None:
    link = guarded.link()

    tab.goto(link)
    expect(tab.locator("#connection")).to_have_text("live")
    tab.go_back()
    second = browser.new_context(base_url=guarded.url)
    other = second.new_page()
    other.goto(link)

    expect(other.locator("#told")).not_to_be_empty()
    assert "#" not in other.url
    assert link not in tab.url
    second.close()


def test_a_session_is_out_of_a_scripts_reach(tab: Page, guarded: Service) -> None:
    tab.goto(guarded.link())
    expect(tab.locator("#connection")).to_have_text("live")

    (cookie,) = tab.context.cookies()

    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert tab.evaluate("document.cookie") == ""
    assert tab.evaluate("JSON.stringify([localStorage, sessionStorage])") == "[{},{}]"


def test_a_reader_looks_and_changes_nothing(tab: Page, guarded: Service) -> None:
    run = guarded.run()
    tab.goto(f"/?run={run}")
    sign_in(tab, guarded.holder("observer", "reader"))

    expect(tab.get_by_role("heading", name=run)).to_be_visible()
    expect(tab.locator(".steer")).to_contain_text("signed in as a reader")
    expect(operation(tab, "Scale")).to_be_disabled()
    expect(operation(tab, "Finish")).to_be_hidden()


def test_who_signs_out_has_to_sign_in_again_in_every_tab(tab: Page, guarded: Service) -> None:
    tab.goto(guarded.link())
    other = tab.context.new_page()
    other.goto("/")
    expect(other.locator("#connection")).to_have_text("live")

    tab.get_by_role("button", name="Sign out").click()

    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    other.goto("/")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_designer_is_for_everybody_and_a_run_of_it_is_not(tab: Page, guarded: Service) -> None:
    tab.goto("/designer")
    expect(tab.locator("path.curve")).to_have_count(1)
    expect(tab.get_by_role("link", name="Sign in")).to_be_visible()

    tab.locator("summary", has_text="Create a run").click()
    tab.get_by_role("textbox", name="Name").fill("designed-here")
    tab.get_by_role("button", name="Create the run").click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(tab, guarded.token)

    expect(tab.locator("path.curve")).to_have_count(1)
    expect(tab.locator("#account")).to_contain_text("admin")


def test_a_service_that_asks_nobody_on_this_machine_alone_says_nothing_of_it(page: Page, service: Service) -> None:
    page.goto("/")

    expect(page.locator("#connection")).to_have_text("live")
    expect(page.locator("#account")).to_be_empty()
    expect(page.locator("#open-to-all")).to_be_hidden()


def test_a_service_that_asks_nobody_wherever_they_are_says_so(page: Page, service: Service) -> None:
    info = service.ask("GET", "/v1/info").json()
    page.route("**/v1/info", lambda route: route.fulfill(json={**info, "auth": "off"}))

    page.goto("/")

    expect(page.locator("#open-to-all")).to_contain_text("asks nobody who they are")
