"""How far each worker is, by its own reports: one map for all the states that a run passes through."""

from collections.abc import Iterator, Mapping
from itertools import chain

_PARTS = 512


class Reports:
    """The furthest epoch of each worker, by name. It never changes: a further report makes a successor.

    Names are spread over parts by their hashes, and a successor copies one part and the list of the parts, not all of
    it: with ten thousand workers, or clients of a federated training, that was what a check-in cost.
    """

    __slots__ = ("_count", "_parts")

    def __init__(self, parts: Mapping[int, Mapping[str, int]] | None = None, count: int = 0) -> None:
        """Without arguments: nobody has reported."""
        self._parts: Mapping[int, Mapping[str, int]] = parts or {}
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        """The workers, in no order."""
        return chain.from_iterable(self._parts.values())

    def get(self, worker: str) -> int | None:
        """The furthest epoch that it has reported; None where it never did."""
        part = self._parts.get(hash(worker) % _PARTS)
        return None if part is None else part.get(worker)

    def least(self) -> int:
        """The epoch of the slowest."""
        return min(chain.from_iterable(part.values() for part in self._parts.values()))

    def items(self) -> Iterator[tuple[str, int]]:
        """Each worker with its epoch, in no order."""
        return chain.from_iterable(part.items() for part in self._parts.values())

    def reported(self, worker: str, epoch: int) -> "Reports":
        """After a report of that worker."""
        place = hash(worker) % _PARTS
        part = self._parts.get(place, {})
        return Reports({**self._parts, place: {**part, worker: epoch}}, self._count + (worker not in part))

    def without(self, worker: str) -> "Reports":
        """After that worker has gone."""
        if not self._count:
            return self
        place = hash(worker) % _PARTS
        part = self._parts.get(place, {})
        if worker not in part:
            return self
        left = {name: epoch for name, epoch in part.items() if name != worker}
        return Reports({**self._parts, place: left}, self._count - 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reports) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]  # as maps have none

    def __repr__(self) -> str:
        return f"Reports({dict(self.items())!r})"
