"""What a proof found out, as one line of a table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` of what was counted, and whether it is what is required."""

    proof: str
    what: str
    value: int | float | str
    required: str
    ok: bool

    def plain(self) -> dict[str, object]:
        return asdict(self)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in the middle of a proof, with the figures that it had come to."""

    def __init__(self, figures: "list[Figure]") -> None:
        super().__init__()
        self.figures = figures


def none(proof: str, what: str, count: int) -> Figure:
    """There must be none."""
    return Figure(proof, what, count, "0", count == 0)


def some(proof: str, what: str, count: int) -> Figure:
    """There must be some: what is never seen to fail proves nothing."""
    return Figure(proof, what, count, "> 0", count > 0)


def all_of(proof: str, what: str, count: int, of: int) -> Figure:
    return Figure(proof, what, f"{count} of {of}", f"{of} of {of}", count == of)


def told(proof: str, what: str, value: float | str) -> Figure:
    """What is told without a demand."""
    return Figure(proof, what, value, "", ok=True)


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns, one a line; what is not as required is marked."""
    rows = [("proof", "figure", "value", "required", "")]
    rows += [(each.proof, each.what, str(each.value), each.required, "" if each.ok else "FAILED") for each in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
