"""Schedules as a chart."""

from collections.abc import Iterator, Mapping

from setpoint.plotting import Chart, Series
from setpoint.plotting.trace import traced
from setpoint.schedules.piece import FLAT
from setpoint.schedules.spec import Spec
from setpoint.schedules.walk import along, window

_POINTS = 20_000
"""More are seen in no picture, and cost time."""


def chart(
    specs: Mapping[str, Spec], epochs: range, *, log_y: bool = False, size: tuple[int, int] = (960, 400)
) -> Chart:
    """The learning rates of `epochs`, one curve for each of `specs` by its name."""
    width, height = size
    return Chart(
        [_series(spec, epochs, name, hue) for hue, (name, spec) in enumerate(specs.items())],
        title=title(*specs.values()) if len(specs) == 1 else "",
        x_label="epoch",
        y_label="learning rate",
        y_log=log_y,
        width=width,
        height=height,
    )


def title(spec: Spec) -> str:
    """Its kind and what was set, such as `step, initial_lr 0.1, step_size 5`; of a composite the kind alone."""
    given = spec.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    words = [f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in given.items()]
    kind: str = spec.model_dump()["kind"]
    return kind if list(spec.members()) else ", ".join([kind, *words])


def svg(spec: Spec) -> str:
    """It as a picture of its own, for a notebook."""
    from setpoint.plotting import svg

    return svg.render(chart({"": spec}, range(window(spec)), size=(720, 300)))


def _series(spec: Spec, epochs: range, name: str, hue: int) -> Series:
    """The last value holds to the end where the others hold as well."""
    seen = epochs[:: max(1, len(epochs) // _POINTS)]
    told = list(_told(spec, seen))
    xs = list(seen)
    if all(is_level for _, is_level in told):
        xs, told = [*seen, max(epochs.stop, seen[-1] + 1)], [*told, told[-1]]
    return traced(xs, [lr for lr, _ in told], [is_level for _, is_level in told], name, hue=hue)


def _told(spec: Spec, epochs: range) -> Iterator[tuple[float, bool]]:
    """The learning rate of each epoch, and whether it moves in jumps alone there."""
    pieces = spec.form.pieces(epochs.start, epochs.stop)
    piece = next(pieces)
    for epoch, lr in zip(epochs, along(spec, epochs), strict=True):
        while epoch >= piece.stop:
            piece = next(pieces)
        yield lr, piece.trend == FLAT or piece.tread > 0
