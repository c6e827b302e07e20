"""What a dry run shows of a plan that is not made yet."""

from tests.api_runs.process import Run

WHOLE = "/curve?points=50"


def test_a_dry_run_of_a_change_tells_the_curve_that_the_change_then_makes(run: Run) -> None:
    run.check_in("a", 0, lookahead=1)

    previewed = run.change("scale", query="?dry_run=true&points=50", factor=0.5, epoch=7)

    assert previewed.status_code == 200
    before = run.get(WHOLE).json()
    run.change("scale", factor=0.5, epoch=7)
    after = run.get(WHOLE).json()
    assert previewed.json()["curve"] == after
    assert before["lr"] != after["lr"]


def test_a_dry_run_of_an_attempt_tells_the_curve_that_the_attempt_then_has(run: Run) -> None:
    for epoch in range(4):
        run.check_in("a", epoch)
    body = {"from_epoch": 2, "keep": "nothing"}
    headers = {"If-Match": "*"}

    previewed = run.http.post(f"{run.at}/attempts?dry_run=true&points=50", json=body, headers=headers)

    run.http.post(f"{run.at}/attempts", json=body, headers=headers)
    assert previewed.json()["curve"] == run.get(WHOLE).json()
    assert previewed.json()["curve"]["frontier"] == 2


def test_a_dry_run_tells_no_curve_unless_it_is_asked_for(run: Run) -> None:
    previewed = run.change("scale", query="?dry_run=true", factor=0.5)

    assert "curve" not in previewed.json()
