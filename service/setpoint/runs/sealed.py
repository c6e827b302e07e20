"""What has been sealed: the values of `[start_epoch, frontier)`, as bits that are never computed again."""

import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from setpoint.runs.log import Log


@dataclass(frozen=True, slots=True)
class Stretch:
    """Epochs `[start, stop)` that one version of the plan sealed in one go, one array for each column."""

    start: int
    stop: int
    columns: tuple["array[float]", ...]
    plan_version: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed prefix of an attempt, its parents' part of it included."""

    start: int
    stop: int
    stretches: Log[Stretch]

    @staticmethod
    def nothing(start: int) -> "Sealed":
        return Sealed(start, start, Log())

    def extended(self, stretch: Stretch) -> "Sealed":
        """With the next stretch, which begins where this one ends."""
        assert stretch.start == self.stop, "sealed epochs are a prefix"
        return Sealed(self.start, stretch.stop, self.stretches.appended(stretch))

    def before(self, epoch: int) -> "Sealed":
        """Its part before `epoch`: what an attempt that starts there inherits."""
        if epoch >= self.stop:
            return self
        stretches = [each if each.stop <= epoch else _cut(each, epoch) for each in self.stretches if each.start < epoch]
        return Sealed(self.start, epoch, Log(stretches))

    def at(self, epoch: int) -> Stretch:
        """The stretch that holds `epoch`, which must be sealed."""
        return self.stretches[self._place(epoch)]

    def value(self, column: int, epoch: int) -> float:
        stretch = self.at(epoch)
        return stretch.columns[column][epoch - stretch.start]

    def values(self, column: int, start: int, stop: int) -> list[float]:
        """The sealed values of the epochs `[start, stop)`, all of which must be sealed."""
        values: list[float] = []
        for stretch in self.over(start, stop):
            part = stretch.columns[column][max(start - stretch.start, 0) : stop - stretch.start]
            values += part.tolist()
        return values

    def over(self, start: int, stop: int) -> Iterator[Stretch]:
        """The stretches that hold the epochs `[start, stop)`."""
        for i in range(max(self._place(start), 0), len(self.stretches)):
            if self.stretches[i].start >= stop:
                return
            yield self.stretches[i]

    def _place(self, epoch: int) -> int:
        """Which stretch holds `epoch`: mostly the last is asked for."""
        last = len(self.stretches) - 1
        if last >= 0 and self.stretches[last].start <= epoch:
            return last
        return self.stretches.upto(epoch, _start) - 1


def _start(stretch: Stretch) -> int:
    return stretch.start


def _cut(stretch: Stretch, stop: int) -> Stretch:
    columns = tuple(column[: stop - stretch.start] for column in stretch.columns)
    return Stretch(stretch.start, stop, columns, stretch.plan_version)


def bits(values: "Sequence[float] | array[float]") -> bytes:
    """Float64, little-endian: how values are written down, whatever the machine."""
    written = array("d", values)
    if sys.byteorder == "big":
        written.byteswap()
    return written.tobytes()


def from_bits(written: bytes) -> "array[float]":
    values: array[float] = array("d")
    values.frombytes(written)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def digest(start: int, columns: Sequence[Sequence[float]]) -> str:
    """A fingerprint of granted values: the same for the same epochs and bits."""
    fingerprint = blake2b(start.to_bytes(8, "little"), digest_size=16)
    for values in columns:
        fingerprint.update(bits(values))
    return fingerprint.hexdigest()
