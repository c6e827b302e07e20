"""The charts that the tests draw."""

from setpoint.plotting import Chart, Marker, Series

HOSTILE = "<img src=x onerror=alert(1)>&\"'\x1b[31m\x00\ud800]]>"

STEP_LR = Chart(
    [Series(range(16), [0.1] * 5 + [0.05] * 5 + [0.025] * 5 + [0.0125])],
    title="step",
    x_label="epoch",
    y_label="learning rate",
)

CHANGED_RUN = Chart(
    [
        Series([0, 10, 50], [1e-3, 5e-4, 5e-4], "sealed"),
        Series([50, 80, 100], [5e-4, 1e-4, 0], "planned", "dotted", "line"),
        Series([50, 80, 100], [2e-4, 5e-5, 0], "preview", "dashed", "line"),
    ],
    title="a run",
    markers=[Marker(10, "halved"), Marker(12, "hold"), Marker(100, "end")],
    now=50,
    y_log=True,
)

HOSTILE_CHART = Chart(
    [Series([0, 1], [1, 2], HOSTILE), Series([0, 1], [2, 1], HOSTILE)],
    title=HOSTILE,
    x_label=HOSTILE,
    y_label=HOSTILE,
    markers=[Marker(0.5, HOSTILE)],
)
