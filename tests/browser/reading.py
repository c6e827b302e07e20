"""Where things are on the pages, as their readers find them."""

from playwright.sync_api import Locator, Page


def card(page: Page, name: str) -> Locator:
    """A large number of a run: `lr`, `epoch`, `done`, `skew` or `next`."""
    return page.locator(f".card-{name} dd")


def operation(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=f"{label}…", exact=True)


def panel(page: Page) -> Locator:
    """The preview of a change."""
    return page.get_by_role("form", name="Preview")


def apply_button(page: Page) -> Locator:
    return panel(page).locator("button.primary")


def steer(page: Page, label: str, reason: str) -> None:
    """Previews a change and applies it."""
    operation(page, label).click()
    panel(page).get_by_label("Reason").fill(reason)
    apply_button(page).click()
    panel(page).wait_for(state="hidden")


def markers(page: Page) -> Locator:
    """The labels of the changes on the chart."""
    return page.locator(".chart-picture text.marker.change")


def cursor(page: Page) -> Locator:
    return page.locator(".chart-plot")
