"""Histories that only grow, shared by all the states they passed through."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice
from typing import Generic, Protocol, TypeVar, cast, overload

T = TypeVar("T")


class Log(Generic[T]):
    """An immutable list whose successor costs one append, not a copy.

    All successors of one another share one list, and each looks at its own first part of it. Whoever appends to a log
    that has a successor already gets a copy of its own, so no log ever sees another's entries.
    """

    __slots__ = ("_items", "_length")

    def __init__(self, items: Iterable[T] = (), *, shared: list[T] | None = None) -> None:
        self._items = list(items) if shared is None else shared
        self._length = len(self._items)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        return islice(self._items, self._length)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._length)
            return self._items[start:stop:step]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._items[index if index >= 0 else self._length + index]

    def upto(self, most: int, key: Callable[[T], int]) -> int:
        """How many of its items, which are in the order of `key`, have none above `most`."""
        return bisect_right(self._items, most, 0, self._length, key=key)

    def appended(self, *items: T) -> "Log[T]":
        """This log with `items` at its end."""
        shared = self._mine()
        shared.extend(items)
        return Log(shared=shared)

    def _mine(self) -> list[T]:
        """The list to append to: the shared one, unless another successor has grown it already."""
        return self._items if len(self._items) == self._length else self._items[: self._length]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Log) and list(self) == list(cast(Log[object], other))

    def __repr__(self) -> str:
        return f"Log({list(self)!r})"

    __hash__ = None  # type: ignore[assignment]  # as lists have none


class HasKey(Protocol):
    @property
    def key(self) -> Hashable: ...


K = TypeVar("K", bound=HasKey)


class Keyed(Log[K]):
    """A log whose items can be found by their `key`, which no two of them share."""

    __slots__ = ("_places",)

    def __init__(
        self, items: Iterable[K] = (), *, shared: list[K] | None = None, places: dict[Hashable, int] | None = None
    ) -> None:
        super().__init__(items, shared=shared)
        self._places: dict[Hashable, int] = {} if places is None else places
        for i in range(len(self._places), self._length):
            self._places.setdefault(self._items[i].key, i)

    def find(self, key: Hashable) -> K | None:
        """The item with that key."""
        i = self._places.get(key)
        return None if i is None or i >= self._length else self._items[i]

    def appended(self, *items: K) -> "Keyed[K]":
        shared = self._mine()
        shared.extend(items)
        return Keyed(shared=shared, places=self._places if shared is self._items else None)
