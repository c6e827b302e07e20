"""What writing a schedule down gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exported:
    """A complete snippet for `library`. `notes` say what its reader should know.

    native: the library's own scheduler says it; otherwise the snippet holds the formula.
    """

    library: str
    code: str
    notes: tuple[str, ...] = ()
    native: bool = False
