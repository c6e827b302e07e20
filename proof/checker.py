"""Judges a history by the invariants I1 to I9. Sealed values are written once, so sort and scan is a complete check."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proof.history import RESET, History, Source, Stored, Told

Ints: TypeAlias = NDArray[np.int64]
Bits: TypeAlias = NDArray[np.uint64]
Group: TypeAlias = tuple[int, int]
"""A run and an attempt."""

_INFINITE = 0x7FF0_0000_0000_0000
"""The bits of infinity: of all that are not negative, finite ones lie below."""
_MOST_TOLD = 5


class Violation(NamedTuple):
    invariant: str
    detail: str


class Seen:
    """A history's values as arrays, in the order in which they were received, and what follows from them."""

    def __init__(self, history: History) -> None:
        values = history.values
        order = np.argsort(_ints(values.received), kind="stable")
        self.run, self.attempt, self.epoch, self.column = (
            _ints(column)[order] for column in (values.run, values.attempt, values.epoch, values.column)
        )
        self.bits: Bits = np.asarray(values.bits, np.uint64)[order]
        self.version, self.received, self.source = (
            _ints(column)[order] for column in (values.version, values.received, values.source)
        )
        self.origin = _origins(history, self.run, self.attempt, self.epoch)
        self.key = _packed(self.run, self.attempt, self.column, self.epoch)
        self.group = _packed(self.run, self.attempt, 0, 0)
        self.rises = self._risen()

    def _risen(self) -> dict[int, tuple[Ints, Ints]]:
        """Of each run and attempt: when the highest sealed epoch that was known rose, and to what."""
        order = np.argsort(self.group, kind="stable")
        names, starts = np.unique(self.group[order], return_index=True)
        risen: dict[int, tuple[Ints, Ints]] = {}
        for name, places in zip(names.tolist(), np.split(order, starts[1:]), strict=False):
            highest = np.maximum.accumulate(self.epoch[places])
            rose = np.concatenate(([True], highest[1:] > highest[:-1]))
            risen[name] = self.received[places][rose], highest[rose]
        return risen

    def highest(self, run: int, attempt: int, before: int) -> int:
        """The highest epoch of the attempt that somebody had been given sealed `before`; -1 for none."""
        when, epochs = self.rises.get(int(_packed(run, attempt, 0, 0)), (_NONE, _NONE))
        place = int(np.searchsorted(when, before)) - 1
        return int(epochs[place]) if place >= 0 else -1


_NONE: Ints = np.empty(0, np.int64)


def _ints(column: "array[int]") -> Ints:
    return np.asarray(column, np.int64)


def _packed(run: "Ints | int", attempt: "Ints | int", column: "Ints | int", epoch: "Ints | int") -> Ints:
    """One integer for all four: 11, 14, 6 and 32 bits."""
    return np.asarray((np.int64(run) << 52) | (np.int64(attempt) << 38) | (np.int64(column) << 32) | np.int64(epoch))


def _origins(history: History, run: Ints, attempt: Ints, epoch: Ints) -> Ints:
    """The attempt that sealed each value: epochs before an attempt's first are its parent's."""
    origin = attempt.copy()
    openings = {
        (each.run, each.attempt): (each.parent, each.start) for each in history.stored if each.kind == "attempt"
    }
    openings |= {(each.run, each.attempt): (each.parent, each.from_epoch) for each in history.openings}
    for (name, number), (parent, start) in sorted(openings.items(), key=lambda each: -each[0][1]):
        origin[(run == name) & (origin == number) & (epoch < start)] = parent
    return origin


def check(history: History) -> list[Violation]:
    """What the history violates, a few of each kind at most; nothing where it keeps the promise."""
    seen = Seen(history)
    found: list[Violation] = []
    for rule in RULES:
        violations = rule(history, seen)
        found += [violation for violation, _ in zip(violations, range(_MOST_TOLD), strict=False)]
    return found


def agreement(history: History, seen: Seen) -> Iterator[Violation]:
    """I1: one run, one attempt, one epoch: one learning rate."""
    key = _packed(seen.run, seen.origin, seen.column, seen.epoch)
    order = np.argsort(key, kind="stable")
    key, bits = key[order], seen.bits[order]
    differ = np.flatnonzero((key[1:] == key[:-1]) & (bits[1:] != bits[:-1]))
    for place in differ.tolist():
        one, other = order[place], order[place + 1]
        yield Violation("I1", f"{_where(seen, one)} is {seen.bits[one]:016x} and {seen.bits[other]:016x}")


def durability(history: History, seen: Seen) -> Iterator[Violation]:
    """I2: what was answered as sealed is found again, at every later look and in the store."""
    is_stored = seen.source == Source.STORE
    lost = ~is_stored & ~np.isin(seen.key, seen.key[is_stored])
    for place in np.flatnonzero(lost).tolist():
        yield Violation("I2", f"{_where(seen, place)} was answered, and is not in the store")
    for look in history.unsealed:
        known = seen.received[seen.key == _packed(look.run, look.attempt, 0, look.epoch)]
        if known.size and known[0] < look.sent:
            yield Violation("I2", f"run {look.run}, attempt {look.attempt}, epoch {look.epoch} is not sealed any more")
    keys = {(each.run, each.key) for each in history.stored}
    acknowledged = [(each.run, each.key) for each in history.receipts]
    acknowledged += [(each.run, each.key) for each in history.openings]
    for run, key in acknowledged:
        if (run, key) not in keys:
            yield Violation("I2", f"{key} of run {run} was acknowledged, and is not in the store")
    yield from _frontiers(history)


def _frontiers(history: History) -> Iterator[Violation]:
    """Whoever asks after an answer is told no lower frontier."""
    facts = [((each.run, each.attempt), each.frontier, each.sent, each.received) for each in history.answers]
    for group, now, before in _went_down(facts):
        yield Violation("I2", f"the frontier of run {group[0]}, attempt {group[1]} was {before}, and then {now}")


def no_retroaction(history: History, seen: Seen) -> Iterator[Violation]:
    """I3: a change holds from an epoch on that nobody had been given before it was sent."""
    for receipt in history.receipts:
        known = seen.highest(receipt.run, receipt.attempt, receipt.sent)
        if known >= receipt.effective:
            yield Violation("I3", f"{receipt.key} holds from epoch {receipt.effective}, and {known} was sealed before")
    frontiers: dict[Group, int] = {}
    for event in history.stored:
        group = event.run, event.attempt
        if event.kind == "attempt":
            frontiers[group] = event.start
        elif event.kind == "sealed":
            frontiers[group] = event.stop
        elif event.kind == "change" and event.start < frontiers.get(group, 0):
            yield Violation("I3", f"event {event.id} of run {event.run} changes sealed epoch {event.start}")


def prefix(history: History, seen: Seen) -> Iterator[Violation]:
    """I4: the sealed epochs are a prefix, and the versions that sealed them never go down along it."""
    told = np.flatnonzero((seen.version > 0) & (seen.column == 0))
    order = told[np.argsort(seen.key[told], kind="stable")]
    same = seen.group[order][1:] == seen.group[order][:-1]
    epochs, versions, stored = seen.epoch[order], seen.version[order], seen.source[order] == Source.STORE
    for place in np.flatnonzero(same & (versions[1:] < versions[:-1])).tolist():
        yield Violation("I4", f"{_where(seen, order[place + 1])} was sealed by an older plan than the epoch before it")
    epochs, same = epochs[stored], seen.group[order][stored][1:] == seen.group[order][stored][:-1]
    for place in np.flatnonzero(same & (epochs[1:] > epochs[:-1] + 1)).tolist():
        yield Violation("I4", f"epoch {epochs[place] + 1} is not sealed, and {epochs[place + 1]} is")
    for look in history.unsealed:
        if seen.highest(look.run, look.attempt, look.sent) > look.epoch:
            yield Violation("I4", f"run {look.run}, epoch {look.epoch} is not sealed, and a later one is")


def real_time(history: History, seen: Seen) -> Iterator[Violation]:
    """I5: a change that was acknowledged before a check-in was sent governs all that this check-in seals."""
    told = np.flatnonzero((seen.version > 0) & (seen.column == 0))
    group, epoch, version, bits = seen.group[told], seen.epoch[told], seen.version[told], seen.bits[told]
    for receipt in history.receipts:
        mine = group == int(_packed(receipt.run, receipt.attempt, 0, 0))
        if np.any(mine & (epoch >= receipt.effective) & (version < receipt.version)):
            yield Violation("I5", f"an epoch from {receipt.effective} on was sealed without {receipt.key}")
        if np.any(mine & (epoch == receipt.effective) & (version == receipt.version) & (bits != receipt.after)):
            yield Violation("I5", f"epoch {receipt.effective} is not what {receipt.key} said it would be")
    yield from _late(history)
    facts = [((each.run, 0), each.version, each.sent, each.received) for each in history.answers]
    facts += [((each.run, 0), each.version, each.sent, each.received) for each in history.receipts]
    for where, now, before in _went_down(facts):
        yield Violation("I5", f"the plan of run {where[0]} was version {before}, and then {now}")


def _late(history: History) -> Iterator[Violation]:
    """A change holds from the requested epoch on or from the frontier, and nobody had asked for more by then."""
    asked: dict[Group, list[tuple[int, int]]] = defaultdict(list)
    for each in history.asked:
        asked[each.run, each.attempt].append((each.sent, each.stop))
    starts = {(each.run, each.attempt): each.start for each in history.stored if each.kind in {"created", "attempt"}}
    for receipt in history.receipts:
        group = receipt.run, receipt.attempt
        stops = [stop for sent, stop in asked[group] if sent < receipt.received]
        if receipt.effective > max(receipt.requested, starts.get(group, 0), *stops, 0):
            yield Violation("I5", f"{receipt.key} waits until epoch {receipt.effective}, which nobody had asked for")


def idempotency(history: History, seen: Seen) -> Iterator[Violation]:
    """I6: however often a request is delivered, it has one effect and one answer."""
    said: dict[tuple[int, str], str] = {}
    for run, name, answer in (
        *((each.run, each.request, each.said) for each in history.answers),
        *((each.run, each.key, each.said) for each in history.receipts),
        *((each.run, each.key, each.said) for each in history.openings),
    ):
        if said.setdefault((run, name), answer) != answer:
            yield Violation("I6", f"{name} was answered {said[run, name]!r} and {answer!r}")
    done: set[tuple[int, str]] = set()
    for event in history.stored:
        if event.key and (event.run, event.key) in done:
            yield Violation("I6", f"{event.key} was carried out twice")
        done.add((event.run, event.key))


def fencing(history: History, seen: Seen) -> Iterator[Violation]:
    """I7: a superseded attempt changes nothing any more, and the attempt's number never goes down."""
    facts = [((each.run, 0), each.attempt, each.sent, each.received) for each in history.answers]
    facts += [((each.run, 0), each.attempt, each.sent, each.received) for each in history.current]
    # A receipt that is repeated may tell of an attempt that was superseded since: it proves, and is not judged.
    known = [((each.run, 0), each.attempt, each.received) for each in history.openings]
    for group, now, before in _went_down(facts, known):
        yield Violation("I7", f"attempt {now} of run {group[0]} was still served after attempt {before}")
    newest: dict[int, int] = {}
    for event in history.stored:
        if event.attempt < newest.get(event.run, 0) and event.attempt > 0:
            yield Violation("I7", f"event {event.id} of run {event.run} is of attempt {event.attempt}, superseded")
        newest[event.run] = max(newest.get(event.run, 0), event.attempt)


def watch(history: History, seen: Seen) -> Iterator[Violation]:
    """I8: a watcher is told every event once and in order, or to look afresh."""
    kinds = {(each.run, each.id): each.kind for each in history.stored}
    for run, told in history.watched.items():
        last: Told | None = None
        for event in told:
            if event.id == RESET:
                last = None
                continue
            if last is not None and event.id != last.id + 1:
                yield Violation("I8", f"run {run}: event {last.id} was followed by {event.id}")
            if kinds.get((run, event.id)) != event.kind:
                yield Violation("I8", f"run {run}: event {event.id} was told as {event.kind}, and is none")
            last = event


def finite(history: History, seen: Seen) -> Iterator[Violation]:
    """I9: every value is finite and not negative, and zero has no sign."""
    for place in np.flatnonzero(seen.bits >= np.uint64(_INFINITE)).tolist():
        yield Violation("I9", f"{_where(seen, place)} is {seen.bits[place]:016x}")


def _order_of_ids(history: History, seen: Seen) -> Iterator[Violation]:
    """I8, in the store: a run's event ids rise by one from 1 on."""
    last: dict[int, Stored] = {}
    for event in history.stored:
        before = last.get(event.run)
        if event.id != (1 if before is None else before.id + 1):
            yield Violation("I8", f"run {event.run}: event {event.id} is stored out of order")
        last[event.run] = event


Rule: TypeAlias = Callable[[History, Seen], Iterator[Violation]]
RULES: tuple[Rule, ...] = (
    agreement, durability, no_retroaction, prefix, real_time, idempotency, fencing, watch, _order_of_ids, finite,
)  # fmt: skip


Fact: TypeAlias = tuple[Group, int, int, int]
"""Of what, how much, and when it was asked for and received."""


def _went_down(facts: Sequence[Fact], known: Sequence[tuple[Group, int, int]] = ()) -> Iterator[tuple[Group, int, int]]:
    """Where an answer carries less than one that was received before it was asked for: (what, now, before)."""
    most: dict[Group, int] = {}
    moments = [(received, 0, group, value) for group, value, _, received in facts]
    moments += [(received, 0, group, value) for group, value, received in known]
    moments += [(sent, 1, group, value) for group, value, sent, _ in facts]
    for _, is_sending, group, value in sorted(moments):
        if not is_sending:
            most[group] = max(most.get(group, value), value)
        elif value < most.get(group, value):
            yield group, value, most[group]


def _where(seen: Seen, place: int) -> str:
    run, attempt, epoch, column = seen.run[place], seen.attempt[place], seen.epoch[place], seen.column[place]
    return f"run {run}, attempt {attempt}, epoch {epoch}, column {column}"
