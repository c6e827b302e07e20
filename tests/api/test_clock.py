"""The time of day as it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from setpoint.api import clock


def test_now_is_told_to_the_millisecond() -> None:
    before = datetime.now(UTC)

    told = datetime.fromisoformat(clock.utc())

    assert before - timedelta(milliseconds=1) < told <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "2026-01-31T23:59:59.007Z"), (0.993, "2026-02-01T00:00:00.000Z"), (86_400, "2026-02-01T23:59:59.007Z")],
)
def test_later_goes_over_the_ends_of_seconds_days_and_months(
    monkeypatch: pytest.MonkeyPatch, seconds: float, told: str
) -> None:
    monkeypatch.setattr(clock, "time_ns", lambda: 1_769_903_999_007_900_000)

    assert clock.later(seconds) == told
