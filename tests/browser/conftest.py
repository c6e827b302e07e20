"""One browser and one service for all tests, and for each test a browser profile of its own."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.service import Service

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    served = Service(tmp_path_factory.mktemp("data"))
    yield served
    served.stop()


@pytest.fixture
def empty_service(tmp_path: Path) -> Generator[Service]:
    """A service that no other test has runs on, and that may be ended."""
    served = Service(tmp_path)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def playwright() -> Generator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Generator[Browser]:
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield launched
    launched.close()


@contextmanager
def visiting(browser: Browser, service: Service) -> Generator[BrowserContext]:
    """A profile of the browser, at the service."""
    made = browser.new_context(base_url=service.url, viewport={"width": 1440, "height": 900})
    made.set_default_timeout(20_000)
    yield made
    made.close()


@contextmanager
def flawless(context: BrowserContext) -> Generator[Page]:
    """A tab. What its scripts fail at, or what the policy keeps out, fails the test."""
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
    opened.on("dialog", lambda dialog: wrong.append(dialog.message))
    yield opened
    assert wrong == []


@pytest.fixture
def context(browser: Browser, service: Service) -> Generator[BrowserContext]:
    with visiting(browser, service) as visitor:
        yield visitor


@pytest.fixture
def page(context: BrowserContext) -> Generator[Page]:
    with flawless(context) as opened:
        yield opened
