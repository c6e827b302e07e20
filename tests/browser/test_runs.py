"""The page of runs: what is shown, and what can be done there."""

import re
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page, Route, expect

from tests.browser.reading import apply_button, card, cursor, markers, operation, panel, steer
from tests.browser.service import Service

HOSTILE = "<img src=x onerror=alert(1)>"


def test_three_workers_are_seen_to_advance(page: Page, service: Service) -> None:
    run = service.run()
    page.goto(f"/?run={run}")
    expect(page.get_by_role("heading", name=run)).to_be_visible()

    for epoch in range(6):
        for lag, worker in enumerate(("rank0", "rank1", "rank2")):
            service.check_in(run, max(0, epoch - lag), worker)

    expect(card(page, "epoch")).to_have_text("5")
    expect(card(page, "skew")).to_have_text("2")
    expect(card(page, "lr")).to_have_text("0.1")
    expect(page.locator(".workers tbody tr")).to_have_count(3)


def test_a_change_is_previewed_applied_marked_and_logged(page: Page, service: Service) -> None:
    run = service.run()
    service.train(run, 9)
    page.goto(f"/?run={run}")

    operation(page, "Scale").click()
    expect(panel(page)).to_contain_text("Preview: scale ×0.5 at epoch 10")
    expect(panel(page).locator(".effect")).to_contain_text("LR 0.1 → 0.05")
    expect(page.locator("path.curve.dashed.preview")).to_have_count(1)
    assert service.log(run) == []
    panel(page).get_by_label("Reason").fill("loss spike")
    expect(apply_button(page)).to_have_text("Apply at epoch 10")
    apply_button(page).click()

    expect(markers(page)).to_have_text(["×0.5"])
    expect(page.locator(".changes tbody tr")).to_contain_text(["scale ×0.5"])
    expect(page.locator(".changes td.why")).to_have_text("loss spike")
    expect(page.locator("path.curve.preview")).to_have_count(0)
    assert [entry["effective_epoch"] for entry in service.log(run)] == [10]


def test_a_change_without_a_reason_is_not_applied(page: Page, service: Service) -> None:
    run = service.run()
    page.goto(f"/?run={run}")

    operation(page, "Hold").click()
    expect(apply_button(page)).to_be_enabled()
    apply_button(page).click()

    expect(panel(page)).to_contain_text("Say why")
    expect(panel(page).get_by_label("Reason")).to_be_focused()
    assert service.log(run) == []


def test_the_preview_moves_on_with_the_frontier(page: Page, service: Service) -> None:
    run = service.run()
    service.train(run, 4)
    page.goto(f"/?run={run}")
    operation(page, "Scale").click()
    expect(apply_button(page)).to_have_text("Apply at epoch 5")

    service.check_in(run, 5)

    expect(panel(page)).not_to_contain_text("at epoch 5 ")
    expect(apply_button(page)).to_be_enabled()
    epoch = int(re.sub(r"\D", "", apply_button(page).inner_text()))
    assert epoch >= 6


def test_a_plan_that_changed_meanwhile_is_previewed_again_before_anything_is_applied(
    page: Page, service: Service
) -> None:
    run = service.run()
    page.goto(f"/?run={run}")
    operation(page, "Scale").click()
    panel(page).get_by_label("Reason").fill("mine")
    expect(apply_button(page)).to_be_enabled()
    # The page learns of the other change by its refusal alone.
    page.route("**/v1/runs/*/changes", lambda route: _after_another(route, service, run), times=1)

    apply_button(page).click()

    expect(panel(page)).to_contain_text("Not applied: the plan was changed meanwhile")
    expect(panel(page).locator(".effect")).to_contain_text("LR 0.02 → 0.01")
    assert [entry["reason"] for entry in service.log(run)] == ["elsewhere"]
    apply_button(page).click()
    expect(markers(page)).to_have_count(2)


def test_a_run_that_went_past_the_epoch_shown_is_previewed_again_before_anything_is_applied(
    page: Page, service: Service
) -> None:
    run = service.run()
    service.train(run, 4)
    page.goto(f"/?run={run}")
    operation(page, "Scale").click()
    panel(page).get_by_label("Reason").fill("mine")
    expect(apply_button(page)).to_have_text("Apply at epoch 5")
    page.route("**/v1/runs/*/changes", lambda route: _after_training(route, service, run), times=1)

    apply_button(page).click()

    expect(panel(page)).to_contain_text("Not applied: the run went past that point")
    assert service.log(run) == []
    expect(apply_button(page)).to_be_enabled()
    apply_button(page).click()
    expect(markers(page)).to_have_count(1)
    assert service.log(run)[0]["effective_epoch"] >= 7


def _after_training(route: Route, service: Service, run: str) -> None:
    for epoch in (5, 6):
        assert service.check_in(run, epoch) == 200
    route.continue_()


def _after_another(route: Route, service: Service, run: str) -> None:
    service.change(run, op="scale", factor=0.2)
    route.continue_()


def test_a_hold_is_released(page: Page, service: Service) -> None:
    run = service.run()
    service.train(run, 4)
    page.goto(f"/?run={run}")

    steer(page, "Hold", "waiting for the evaluation")
    expect(markers(page)).to_have_text(["hold"])
    service.check_in(run, 5)
    service.check_in(run, 6)
    expect(card(page, "epoch")).to_have_text("6")
    operation(page, "Release").click()
    expect(apply_button(page)).to_be_enabled()
    panel(page).get_by_label("At epoch").fill("9")
    panel(page).get_by_label("Reason").fill("it is fine")
    expect(apply_button(page)).to_have_text("Apply at epoch 9")
    apply_button(page).click()

    expect(markers(page)).to_have_text(["hold", "release"])


def test_undo_offers_the_inverse(page: Page, service: Service) -> None:
    run = service.run()
    service.change(run, op="scale", factor=0.5)
    service.train(run, 3)
    page.goto(f"/?run={run}")

    page.get_by_role("button", name="Undo change 1").click()

    expect(panel(page)).to_contain_text("scale ×2 at epoch 4")
    expect(panel(page).get_by_label("Reason")).to_have_value("undo change 1")
    expect(panel(page).locator(".effect")).to_contain_text("LR 0.05 → 0.1")


def test_a_change_without_effect_yet_is_withdrawn(page: Page, service: Service) -> None:
    run = service.run()
    service.change(run, op="scale", factor=0.5, epoch=50)
    page.goto(f"/?run={run}")
    expect(markers(page)).to_have_count(1)

    page.get_by_role("button", name="Undo change 1").click()
    apply_button(page).click()

    expect(markers(page)).to_have_count(0)
    assert [entry["op"] for entry in service.log(run)] == ["scale", "cancel"]


def test_rolling_back_opens_an_attempt_and_turns_the_old_workers_away(page: Page, service: Service) -> None:
    run = service.run()
    service.train(run, 8)
    page.goto(f"/?run={run}")

    operation(page, "Roll back").click()
    panel(page).get_by_label("To (epoch)").fill("4")
    expect(apply_button(page)).to_have_text("Roll back to epoch 4")
    panel(page).get_by_label("Reason").fill("diverged")
    apply_button(page).click()

    expect(page.locator(".what")).to_contain_text("attempt 2")
    expect(card(page, "epoch")).to_have_text("4")
    expect(page.locator(".chart-picture text.marker.attempt")).to_have_text("attempt 2")
    assert service.check_in(run, 9) == 409
    page.get_by_label("Attempt").select_option("1")
    expect(operation(page, "Scale")).to_be_disabled()


def test_a_fault_is_told_at_its_field(page: Page, service: Service) -> None:
    run = service.run(bounds={"max_lr": 0.2})
    page.goto(f"/?run={run}")

    operation(page, "Scale").click()
    panel(page).get_by_label("Factor").fill("-1")

    expect(panel(page).locator(".field .fault").first).to_contain_text("greater than")
    expect(apply_button(page)).to_be_disabled()


def test_groups_are_drawn_and_steered_by_themselves(page: Page, service: Service) -> None:
    run = service.run(groups={"head": {"kind": "constant", "initial_lr": 0.3}})
    page.goto(f"/?run={run}")
    expect(page.locator(".legend")).to_contain_text("head")

    operation(page, "Scale").click()
    panel(page).get_by_label("Acts on").select_option("head")
    panel(page).get_by_label("Reason").fill("only the head")
    expect(apply_button(page)).to_be_enabled()
    apply_button(page).click()

    expect(markers(page)).to_have_count(1)
    assert service.log(run)[0]["groups_after"] == {"head": 0.15}
    assert service.log(run)[0]["lr_after"] == 0.1


def test_hostile_labels_and_reasons_are_text(page: Page, service: Service) -> None:
    run = service.run(labels={"note": HOSTILE})
    service.change(run, op="scale", factor=0.5, reason=HOSTILE, epoch=3)
    page.goto(f"/?run={run}")

    expect(page.locator(".labels")).to_contain_text(HOSTILE)
    expect(page.locator(".changes td.why")).to_have_text(HOSTILE)
    cursor(page).focus()
    page.keyboard.press("PageUp")
    expect(page.locator(".tip")).to_contain_text(HOSTILE)
    expect(page.locator("img")).to_have_count(0)


def test_a_run_that_is_not_there_is_said_to_be_missing(page: Page) -> None:
    page.goto("/?run=nobody")

    expect(page.get_by_role("alert")).to_contain_text(re.compile("no .*run|not", re.IGNORECASE))
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_without_runs_the_page_says_how_to_make_one(page: Page, empty_service: Service) -> None:
    page.goto(empty_service.url)

    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    expect(page.get_by_text("/v1/runs/my-run")).to_be_visible()


def test_a_thousand_runs_are_listed_and_filtered(page: Page, empty_service: Service) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(empty_service.run, [f"sweep-{number:04}" for number in range(1000)]))

    page.goto(empty_service.url)
    expect(page.locator("#list > li")).to_have_count(1000)
    expect(page.locator("#tally")).to_have_text("1,000 runs")
    page.keyboard.press("/")
    page.keyboard.type("sweep-077")

    expect(page.locator("#list > li:visible")).to_have_count(10)
    expect(page.locator("#tally")).to_have_text("10 of 1,000 runs")


def test_the_metrics_and_what_they_led_to_are_beneath_the_curve(page: Page, service: Service) -> None:
    run = service.run(schedule={"kind": "constant", "initial_lr": 0.1}, plateau={"patience": 1, "factor": 0.5})
    page.goto(f"/?run={run}")
    expect(page.locator("path.curve").first).to_be_attached()
    expect(page.locator(".strip")).to_have_count(0)

    values: list[float | str] = [0.9, 0.8, 0.85, "NaN", 0.7]
    for epoch, value in enumerate(values):
        service.check_in(run, epoch)
        service.measure(run, epoch, value)

    expect(page.locator("circle.metric")).to_have_count(4)
    expect(page.locator(".strip .broken")).to_have_text("×")
    expect(page.locator(".chart-picture text.marker.plateau")).to_have_text("×0.5")
    cursor(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    expect(page.locator(".tip")).to_contain_text("metric0.7")
    expect(page.locator(".tip")).to_contain_text("plateau, by the metric of epoch 3")


def test_each_group_and_hyperparameter_has_its_value_in_the_head(page: Page, service: Service) -> None:
    run = service.run(groups={"head": {"kind": "constant", "initial_lr": 0.3}}, hyperparameters={"momentum": 0.9})
    page.goto(f"/?run={run}")

    expect(page.locator(".card-named dt")).to_have_text(["head", "momentum"])
    expect(page.locator(".card-named dd")).to_have_text(["0.3", "0.9"])


def test_a_run_is_finished_and_archived(page: Page, service: Service) -> None:
    run = service.run()
    page.goto(f"/?run={run}")

    operation(page, "Finish").click()
    page.get_by_role("button", name="Finish the run").click()
    expect(page.locator(".what")).to_contain_text("finished")
    expect(operation(page, "Scale")).to_be_disabled()
    expect(operation(page, "Finish")).to_be_hidden()
    operation(page, "Archive").click()
    page.get_by_role("button", name="Archive the run").click()

    expect(page.locator(".what")).to_contain_text("archived")
    expect(operation(page, "Archive")).to_be_hidden()
    assert service.ask("GET", f"/v1/runs/{run}").json()["state"] == "archived"


def test_a_run_is_not_finished_by_one_press(page: Page, service: Service) -> None:
    run = service.run()
    page.goto(f"/?run={run}")

    operation(page, "Finish").click()
    page.keyboard.press("Escape")

    expect(page.get_by_role("form", name="End the run")).to_be_hidden()
    expect(operation(page, "Finish")).to_be_focused()
    assert service.ask("GET", f"/v1/runs/{run}").json()["state"] == "running"
