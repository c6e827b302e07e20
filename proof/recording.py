"""A disk that writes down what SQLite does to it, and what may be left of that after the power was lost.

What was written is certain to be there once its file was synced; before that each 512-byte sector of it may be there or
not, in any combination. A new file may be missing altogether until its folder was synced, which SQLite does with the
first sync of a new log, and Setpoint when it has opened the database.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import apsw

SECTOR = 512

Kind: TypeAlias = Literal["create", "write", "truncate", "sync", "delete", "folder"]


class Step(NamedTuple):
    """One thing that was done to a file; `offset` is the new size for a truncation."""

    kind: Kind
    name: str = ""
    offset: int = 0
    data: bytes = b""


class RecordingDisk(apsw.VFS):
    """The system's own, with a list of what is done. Registered under `name` for as long as it is referred to."""

    def __init__(self, name: str) -> None:
        self.steps: list[Step] = []
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> "RecordingFile":  # noqa: N802 - SQLite's name
        return RecordingFile(name, flags, self.steps)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        super().xDelete(filename, syncdir)
        self.steps.append(Step("delete", _suffix(filename)))
        if syncdir:
            self.steps.append(Step("folder"))


class RecordingFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: Any, steps: list[Step]) -> None:
        self._steps = steps
        self._name = _suffix(name.filename() if isinstance(name, apsw.URIFilename) else str(name))
        super().__init__("", name, flags)
        if flags[0] & apsw.SQLITE_OPEN_CREATE:
            steps.append(Step("create", self._name))

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)  # pyright: ignore[reportUnknownMemberType]  # apsw's stub is open there
        self._steps.append(Step("write", self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(newsize)
        self._steps.append(Step("truncate", self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        self._steps.append(Step("sync", self._name))


def _suffix(filename: str) -> str:
    """Which of the database's files it is: "" for itself, `-wal`, `-journal`."""
    return next((suffix for suffix in ("-wal", "-journal") if filename.endswith(suffix)), "")


@dataclass(slots=True)
class File:
    """What is certain to be on the disk, and what may be."""

    certain: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list[Step])
    is_certain: bool = False
    """That the folder knows the file."""
    is_there: bool = True
    """That it was not deleted since."""


Keep: TypeAlias = Callable[[Sequence[Step]], Sequence[Step]]
"""What is left of steps that were not synced, in which order."""


class Disk:
    """The files as they are after some steps, and as they may be when the power is lost right then."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}

    def take(self, step: Step) -> None:
        """Do one more step."""
        if step.kind == "folder":
            self._folder()
            return
        file = self._files.setdefault(step.name, File())
        if step.kind == "delete":
            file.is_there = False
        elif step.kind == "sync":
            self._synced(step.name, file)
        elif step.kind == "create":
            self._created(step.name, file)
        else:
            file.pending.append(step)

    def _created(self, name: str, file: File) -> None:
        if not file.is_there:
            self._files[name] = File()

    def _synced(self, name: str, file: File) -> None:
        _apply(file.certain, file.pending)
        file.pending.clear()
        file.is_certain |= name != ""

    def _folder(self) -> None:
        self._files = {name: file for name, file in self._files.items() if file.is_there}
        for file in self._files.values():
            file.is_certain = True

    def after_power_loss(self, keep: Keep) -> dict[str, bytes]:
        """What is found by name: of what was not synced, that which `keep` keeps."""
        found: dict[str, bytes] = {}
        for name, file in self._files.items():
            kept = keep(file.pending)
            entry = keep([Step("create", name)])
            if bool(entry) if not file.is_certain else file.is_there or not entry:
                content = bytearray(file.certain)
                _apply(content, kept)
                found[name] = bytes(content)
        return found


def _apply(content: bytearray, steps: Sequence[Step]) -> None:
    for step in steps:
        if step.kind == "truncate":
            del content[step.offset :]
            content.extend(bytes(step.offset - len(content)))
        else:
            content.extend(bytes(max(0, step.offset - len(content))))
            content[step.offset : step.offset + len(step.data)] = step.data


def nothing(steps: Sequence[Step]) -> Sequence[Step]:
    """All that was not synced is gone."""
    return ()


def everything(steps: Sequence[Step]) -> Sequence[Step]:
    """All of it had reached the disk."""
    return steps


def some(chance: random.Random) -> Keep:
    """Any of its sectors, in any order."""

    def kept(steps: Sequence[Step]) -> Sequence[Step]:
        likely = chance.choice((0.1, 0.5, 0.9))
        left = [sector for step in steps for sector in _sectors(step) if chance.random() < likely]
        if chance.random() < 0.5:
            chance.shuffle(left)
        return left

    return kept


def first(chance: random.Random) -> Keep:
    """As much as was done before some moment."""

    def kept(steps: Sequence[Step]) -> Sequence[Step]:
        return steps[: chance.randint(0, len(steps))]

    return kept


def _sectors(step: Step) -> list[Step]:
    """A step in pieces of which each is done whole or not at all."""
    if step.kind != "write":
        return [step]
    pieces: list[Step] = []
    start, end = step.offset, step.offset + len(step.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        pieces.append(Step("write", step.name, start, step.data[start - step.offset : stop - step.offset]))
        start = stop
    return pieces
