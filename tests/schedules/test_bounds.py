"""Hulls hold every value, and the first breach is found: against looking at each epoch."""

from hypothesis import given
from hypothesis import strategies as st

from setpoint.schedules.breach import breach
from setpoint.schedules.kinds import parse
from tests.strategies import Json, schedules

EPOCHS = st.one_of(st.integers(0, 60), st.integers(0, 2_000))
SPANS = st.integers(0, 150)


@given(schedules(), EPOCHS, SPANS)
def test_a_hull_is_never_too_narrow(plain: Json, start: int, span: int) -> None:
    spec = parse(plain)

    low, high = spec.form.hull(start, start + span)

    inside = [spec.lr(epoch) for epoch in range(start, start + span + 1)]
    assert low <= min(inside)
    assert max(inside) <= high


@given(schedules(), EPOCHS, SPANS, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_first_breach_is_the_first_that_looking_at_each_epoch_finds(
    plain: Json, start: int, span: int, one: float, other: float
) -> None:
    spec, stop = parse(plain), start + span + 1
    top = max(spec.lr(epoch) for epoch in range(start, stop))
    low, high = sorted((one * top, other * top))

    found = breach(spec.form, start, stop, low, high)

    epochs = range(start, stop)
    assert found == next((epoch for epoch in epochs if not low <= spec.lr(epoch) <= high), None)


@given(schedules())
def test_the_hull_of_one_epoch_is_its_value(plain: Json) -> None:
    spec = parse(plain)

    for epoch in (0, 1, 13, 77):
        low, high = spec.form.hull(epoch, epoch)
        assert low <= spec.form.value(epoch) <= high
