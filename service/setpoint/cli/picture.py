"""Schedules as a chart."""

from collections.abc import Mapping

from setpoint.cli.columns import along
from setpoint.plotting import Chart, Series
from setpoint.schedules.spec import Spec

_POINTS = 20_000
"""More are seen in no picture, and cost time."""


def chart(specs: Mapping[str, Spec], epochs: range, *, log_y: bool, size: tuple[int, int] = (960, 400)) -> Chart:
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


def _series(spec: Spec, epochs: range, name: str, hue: int) -> Series:
    """Each learning rate held until the next epoch shown, the last one too."""
    seen = epochs[:: max(1, len(epochs) // _POINTS)]
    lr = list(along(spec, seen))
    return Series([*seen, max(epochs.stop, seen[-1] + 1)], [*lr, lr[-1]], label=name, hue=hue)
