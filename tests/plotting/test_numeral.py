from decimal import Decimal

import pytest

from setpoint.plotting import numeral


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0.1, "0.1"),
        (0.025, "0.025"),
        (1e-4, "1e-4"),
        (3.3e-5, "3.3e-5"),
        (0, "0"),
        (-0.0, "0"),
        (999, "999"),
        (20_000, "20k"),
        (43_051, "43051"),
        (1_500_000, "1.5M"),
        (1e9, "1e9"),
        (1e300, "1e300"),
        (0.1234567890123, "0.123457"),
    ],
)
def test_a_number_is_short(number: float, expected: str) -> None:
    assert numeral.short(number) == expected


def test_the_numbers_of_one_axis_share_one_form() -> None:
    written = numeral.alike([Decimal("0.0005"), Decimal("0.0010"), Decimal("0.0015")])

    assert written == ["0.0005", "0.001", "0.0015"]
