"""Which lengths survive a division that was compiled to a multiplication."""

import pytest

from setpoint.interop.writing.rounding import divides_exactly, keeps_whole


@pytest.mark.parametrize("length", [1, 2, 5, 10, 64])
def test_most_lengths_keep_whole_quotients_whole(length: int) -> None:
    assert keeps_whole(length)
    assert all(length * k * (1 / length) >= k for k in range(1000))


def test_a_49th_of_49_falls_short_of_1() -> None:
    assert 49 * (1 / 49) < 1
    assert not keeps_whole(49)


def test_a_reciprocal_that_was_rounded_up_keeps_whole_quotients_but_may_exceed_them() -> None:
    assert keeps_whole(7)
    assert not divides_exactly(7)


def test_powers_of_two_divide_exactly() -> None:
    assert divides_exactly(64)
