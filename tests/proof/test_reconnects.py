"""Workers that come back after a restart, in small; and what the proof makes of what they tell."""

from proof import reconnects
from proof.reconnects import Course, Moments, figures


def crowd(*answered: tuple[str, float]) -> dict[str, object]:
    return {"answered": list(answered), "rates": {"0": [0.1]}, "raised": []}


def steadily(workers: int, start: int, stop: int) -> list[tuple[str, float]]:
    """Each worker is answered once a second."""
    return [(f"rank{i}", second + i / workers) for second in range(start, stop) for i in range(workers)]


def test_all_workers_of_a_small_crowd_come_back_and_are_given_the_same() -> None:
    found = {figure.what: figure for figure in reconnects.run(24, Course(1.0, 1.0, 1.0, 5.0))}

    assert found["workers that came back"].value == "24 of 24"
    assert found["errors raised in a training"].ok
    assert found["epochs of two learning rates"].ok


def test_workers_that_come_back_as_they_were_are_as_required() -> None:
    found = figures(10, [crowd(*steadily(10, 0, 8), *steadily(10, 12, 20))], Moments(0.0, 8.0, 12.0))

    assert [figure.ok for figure in found] == [True] * 7


def test_a_wave_is_seen() -> None:
    wave = [(f"rank{i}", 12.1) for i in range(20)]

    found = figures(20, [crowd(*steadily(20, 0, 8), *wave)], Moments(0.0, 8.0, 12.0))

    assert [figure.what for figure in found if not figure.ok] == []
    found = figures(20, [crowd(*steadily(20, 0, 8), *wave, *wave)], Moments(0.0, 8.0, 12.0))
    assert [figure.what for figure in found if not figure.ok] == ["peak beside steady"]


def test_who_stays_away_and_who_is_late_is_seen() -> None:
    late = [(f"rank{i}", 18.0) for i in range(9)]

    found = figures(10, [crowd(*steadily(10, 0, 8), *late)], Moments(0.0, 8.0, 12.0))

    assert [figure.what for figure in found if not figure.ok] == [
        "workers that came back", "seconds until the last was well",
    ]  # fmt: skip


def test_two_learning_rates_of_one_epoch_are_seen_across_processes() -> None:
    told = crowd(*steadily(10, 0, 8), *steadily(10, 12, 20))

    found = figures(10, [told, {**told, "answered": [], "rates": {"0": [0.2]}}], Moments(0.0, 8.0, 12.0))

    assert [figure.what for figure in found if not figure.ok] == ["epochs of two learning rates"]
