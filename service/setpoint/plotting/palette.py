"""The colours of the house, light and dark. The dashboard wears the same ones."""

from dataclasses import dataclass

from setpoint.plotting.chart import Series


@dataclass(frozen=True, slots=True)
class Palette:
    """Ink is for titles and now, muted for labels, preview for dashed curves and markers."""

    background: str
    ink: str
    muted: str
    grid: str
    preview: str
    curves: tuple[str, ...]

    def of(self, series: Series) -> str:
        """The colour of one curve."""
        return self.preview if series.style == "dashed" else self.curves[series.hue % len(self.curves)]


LIGHT = Palette(
    background="#ffffff",
    ink="#1f2328",
    muted="#59636e",
    grid="#e1e4e8",
    preview="#bc4c00",
    curves=("#1560c0", "#8250df", "#1a7f37", "#bf3989", "#1b7c83"),
)
DARK = Palette(
    background="#0d1117",
    ink="#e6edf3",
    muted="#9198a1",
    grid="#2a313c",
    preview="#f0883e",
    curves=("#58a6ff", "#bc8cff", "#3fb950", "#f778ba", "#39c5cf"),
)
