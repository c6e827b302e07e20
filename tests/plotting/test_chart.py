import pytest

from setpoint.errors import InvalidRequest
from setpoint.plotting import Chart, Marker, Series


def test_a_curve_with_more_xs_than_ys_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="2 xs but 1 ys"):
        Series([0, 1], [0.1])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(InvalidRequest, match="curve"):
        Series([0], [value])
    with pytest.raises(InvalidRequest, match="marker"):
        Marker(value)
    with pytest.raises(InvalidRequest, match="now"):
        Chart([], now=value)


@pytest.mark.parametrize(("width", "height", "pointer"), [(239, 400, "/width"), (960, 9000, "/height")])
def test_a_size_that_can_not_be_drawn_is_refused_by_name(width: int, height: int, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        Chart([], width=width, height=height)

    assert [fault.pointer for fault in refusal.value.faults] == [pointer]
