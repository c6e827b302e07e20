"""One thing that was looked at."""

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and where that is not well, what to do."""

    state: State
    subject: str
    detail: str
    advice: str = ""

    def plain(self) -> dict[str, object]:
        return asdict(self)


def ok(subject: str, detail: str) -> Finding:
    return Finding("ok", subject, detail)


def note(subject: str, detail: str, advice: str) -> Finding:
    """Nothing is wrong, but somebody may want to know."""
    return Finding("note", subject, detail, advice)


def wrong(subject: str, detail: str, advice: str) -> Finding:
    return Finding("wrong", subject, detail, advice)
