"""The page where schedules are designed."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.service import Service


def facts(page: Page, row: int = 0) -> list[str]:
    """Epochs, peak, its epoch, final learning rate, area, warm-up."""
    told: list[str] = page.locator("#facts tbody tr").nth(row).locator("td").all_inner_texts()
    return told[1:]


def choose(page: Page, kind: str) -> None:
    page.get_by_label("Kind", exact=True).select_option(kind)


def test_every_kind_has_a_form_and_a_curve(page: Page, service: Service) -> None:
    kinds = [kind["kind"] for kind in service.ask("GET", "/v1/kinds").json()["kinds"]]
    page.goto("/designer")

    for kind in kinds:
        choose(page, kind)
        expect(page.locator(".form .part").first.locator("code").first).to_be_visible()
        expect(page.locator("#curve:not(.stale) path.curve")).to_have_count(1)
        expect(page.locator("#problem")).to_be_empty()
    assert len(kinds) == 25


def test_a_design_is_shared_by_its_address(page: Page, context: BrowserContext) -> None:
    page.goto("/designer")
    choose(page, "step")
    page.locator('[data-pointer="/initial_lr"]').fill("0.4")
    page.get_by_role("button", name="+ Compare").click()
    choose(page, "cosine")
    page.get_by_label("log LR").check()
    expect(page.locator("path.curve")).to_have_count(2)
    shown = page.locator("#facts").inner_text()

    other = context.new_page()
    other.goto(page.url)

    expect(other.locator("path.curve")).to_have_count(2)
    expect(other.get_by_label("log LR")).to_be_checked()
    assert other.locator("#facts").inner_text() == shown
    page.reload()
    expect(page.locator("path.curve")).to_have_count(2)


def test_the_facts_are_those_of_the_schedule(page: Page) -> None:
    page.goto("/designer")
    expect(page.locator("#facts tbody tr")).to_have_count(1)

    assert facts(page) == ["90", "0.1", "5", "0.00103", "4.54", "5.56%"]


def test_parts_are_added_moved_and_removed(page: Page) -> None:
    page.goto("/designer")
    choose(page, "sequence")
    parts = page.locator(".form .part .part")
    before = parts.count()

    page.get_by_role("button", name="+ Add a part").click()
    expect(parts).to_have_count(before + 1)
    kinds = parts.locator("select[data-act^='kind']").evaluate_all("all => all.map(each => each.value)")
    page.get_by_role("button", name="Move down (part 1)").click()
    moved = parts.locator("select[data-act^='kind']").evaluate_all("all => all.map(each => each.value)")
    page.get_by_role("button", name="Remove (part 3)").click()

    assert moved[:2] == [kinds[1], kinds[0]]
    expect(parts).to_have_count(before)
    expect(page.locator("#problem")).to_be_empty()


def test_a_schedule_is_put_into_another(page: Page) -> None:
    page.goto("/designer")
    choose(page, "cosine")

    page.get_by_label("Compose").select_option("clamp")

    expect(page.get_by_label("Kind", exact=True)).to_have_value("clamp")
    expect(page.get_by_label("Kind of part /schedule")).to_have_value("cosine")


def test_a_fault_stands_at_its_field(page: Page) -> None:
    page.goto("/designer")
    field = page.locator('[data-pointer="/schedule/min_lr"]')

    field.fill("-1")

    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".parameter", has=field).locator(".fault")).to_contain_text("greater than or equal to 0")
    field.fill("0")
    expect(page.locator(".parameter", has=field).locator(".fault")).to_be_empty()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("torch.optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.1)", "step"),
        ("s = SequentialLR(opt, [LinearLR(opt, 0.1, total_iters=5), StepLR(opt, 30)], milestones=[5])", "sequence"),
        ("get_cosine_schedule_with_warmup(optimizer, num_warmup_steps=100, num_training_steps=10 * 100)", "sequence"),
        ("optax.warmup_cosine_decay_schedule(0.0, 1e-3, 100, 1_000)", "sequence"),
        ("keras.optimizers.schedules.ExponentialDecay(1e-2, decay_steps=1000, decay_rate=0.9)", "exponential"),
        ('{"kind": "constant", "initial_lr": 0.02}', "constant"),
    ],
    ids=["torch", "nested", "hf", "optax", "keras", "spec"],
)
def test_code_of_other_libraries_is_taken_over(page: Page, code: str, kind: str) -> None:
    page.goto("/designer")
    page.get_by_text("Paste code or a spec").click()
    page.get_by_label("Code or a spec").fill(code)

    page.get_by_role("button", name="Take over").click()

    expect(page.get_by_label("Kind", exact=True)).to_have_value(kind)
    expect(page.locator("#curve:not(.stale) path.curve")).to_have_count(1)


def test_what_cannot_be_taken_over_says_why(page: Page) -> None:
    page.goto("/designer")
    page.get_by_text("Paste code or a spec").click()
    page.get_by_label("Code or a spec").fill("LambdaLR(optimizer, lr_lambda=f)")

    page.get_by_role("button", name="Take over").click()

    expect(page.locator("#paste-said")).to_contain_text("f is not known here")


@pytest.mark.parametrize(("tab", "said"), [("PyTorch", "StepLR("), ("Optax", "import optax"), ("curl", "curl http")])
def test_a_design_is_exported_and_copied_without_a_clipboard_object(page: Page, tab: str, said: str) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto("/designer")
    choose(page, "step")

    page.get_by_role("button", name=tab, exact=True).click()
    expect(page.locator(".export-code")).to_contain_text(said)
    page.get_by_role("button", name="Copy", exact=True).click()

    expect(page.get_by_role("button", name="Copied", exact=True)).to_be_visible()


@pytest.mark.parametrize(("name", "type_"), [("SVG", "image/svg+xml"), ("PNG", "image/png"), ("CSV", "text/csv")])
def test_pictures_and_tables_are_a_link_away(page: Page, service: Service, name: str, type_: str) -> None:
    page.goto("/designer")
    link = page.get_by_role("link", name=name, exact=True)
    expect(link).to_have_attribute("href", re.compile("^/v1/schedule"))

    answer = service.ask("GET", str(link.get_attribute("href")))

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(type_)


def test_a_run_is_created_of_a_design(page: Page, service: Service) -> None:
    page.goto("/designer")
    choose(page, "step")
    page.locator("summary", has_text="Create a run").click()
    page.get_by_role("textbox", name="Name").fill("designed-1")
    page.get_by_label("Labels").fill("team: vision")

    page.get_by_role("button", name="Create the run").click()

    expect(page.get_by_role("heading", name="designed-1")).to_be_visible()
    assert service.ask("GET", "/v1/runs/designed-1").json()["labels"] == {"team": "vision"}


def test_a_run_that_is_there_with_another_schedule_is_not_touched(page: Page, service: Service) -> None:
    run = service.run()
    page.goto("/designer")
    page.locator("summary", has_text="Create a run").click()
    page.get_by_role("textbox", name="Name").fill(run)

    page.get_by_role("button", name="Create the run").click()

    expect(page.locator("#create-said")).not_to_be_empty()
    assert page.url.startswith(f"{service.url}/designer")


def test_every_preset_is_a_curve(page: Page) -> None:
    page.goto("/designer")
    presets = page.get_by_label("Presets")
    names = [each for each in presets.locator("option").all_inner_texts() if each != "presets…"]

    for name in names:
        presets.select_option(name)
        expect(page.locator("#curve:not(.stale) path.curve")).to_have_count(1)
        expect(page.locator("#problem")).to_be_empty()
    assert len(names) == 8


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.1, 0.05, 0], ["It ends at 0: the last epoch trains nothing."]),
        ([0.5, 1, 2], ["The peak, 2, is above 1.", "It never comes down from its peak."]),
        ([0.1, 0.01, 0.1, 0.05], ["It jumps up, ×10 at epoch 2."]),
        ([0.1, 0.1, 0.01], []),
    ],
)
def test_what_may_not_be_meant_is_warned_of(page: Page, values: list[float], said: list[str]) -> None:
    page.goto(f"/designer#a={quote(json.dumps({'kind': 'table', 'values': values}))}")

    expect(page.locator("#facts tbody tr")).to_have_count(1)
    expect(page.locator(".warnings li")).to_have_text(said)
