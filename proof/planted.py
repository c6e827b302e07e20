"""Twenty bad histories, each with the invariant that it breaks: what the checker is itself checked with."""

from collections.abc import Callable
from dataclasses import dataclass

from proof.history import (
    Answer,
    Asked,
    Current,
    History,
    Opening,
    Receipt,
    Source,
    Stored,
    Told,
    Unsealed,
    Value,
    bits_of,
)

HALF, FULL, TENTH = bits_of(0.05), bits_of(0.1), bits_of(0.01)
MINUS_ZERO = bits_of(-0.0)


def good() -> History:
    """One run: epochs 0 to 5 sealed, the rate halved from 3 on, and a second attempt from 4 on with a tenth."""
    history = History()
    for epoch in range(6):
        bits, version = (FULL, 1) if epoch < 3 else (HALF, 2)
        # Times: epochs 0 to 2 at 10 to 12, the change at 20, epochs 3 to 5 at 33 to 35, the attempt at 50.
        sent = 10 + epoch if epoch < 3 else 30 + epoch
        history.asked.append(Asked(0, 1, epoch + 1, sent))
        history.answers.append(Answer(f"w{epoch}", 0, 1, f"{epoch}:{bits}", epoch + 1, version, sent, sent + 1))
        history.values.add(Value(0, 1, epoch, bits, sent, sent + 1))
        history.values.add(Value(0, 1, epoch, bits, 40, 41, Source.LOOK, version=version))
        history.values.add(Value(0, 1, epoch, bits, 90, 91, Source.STORE, version=version))
    for epoch in range(5):
        bits, version = (FULL, 1) if epoch < 3 else (HALF, 2) if epoch < 4 else (TENTH, 3)
        history.values.add(Value(0, 2, epoch, bits, 90, 91, Source.STORE, version=version))
    history.asked.append(Asked(0, 2, 5, 60))
    history.answers.append(Answer("v4", 0, 2, f"4:{TENTH}", 5, 3, 60, 61))
    history.values.add(Value(0, 2, 4, TENTH, 60, 61))
    history.receipts.append(Receipt("halve", 0, 1, 2, 3, 0, HALF, "receipt", 20, 22))
    history.openings.append(Opening("again", 0, 2, 1, 4, "opened", 50, 51))
    history.current.append(Current(0, 2, 52, 53))
    history.unsealed.append(Unsealed(0, 1, 3, 15))
    events = [Stored(0, 1, "created", 1, version=1)]
    events += [Stored(0, 2 + epoch, "sealed", 1, epoch, epoch + 1, 1) for epoch in range(3)]
    events.append(Stored(0, 5, "change", 1, 3, version=2, key="halve"))
    events += [Stored(0, 3 + epoch, "sealed", 1, epoch, epoch + 1, 2) for epoch in range(3, 6)]
    events.append(Stored(0, 9, "attempt", 2, 4, version=3, parent=1, key="again"))
    events.append(Stored(0, 10, "sealed", 2, 4, 5, 3))
    history.stored += events
    history.watched[0] = [Told(each.id, each.kind) for each in history.stored]
    return history


@dataclass(frozen=True, slots=True)
class Planted:
    """What is wrong, the invariant that it breaks, and how it is put into a good history."""

    name: str
    invariant: str
    plant: Callable[[History], object]

    def history(self) -> History:
        history = good()
        self.plant(history)
        return history


def _store(history: History, attempt: int, epoch: int) -> int:
    """Where the value that the store has for that epoch stands."""
    values = history.values
    rows = zip(values.attempt, values.epoch, values.source, strict=True)
    return next(i for i, row in enumerate(rows) if row == (attempt, epoch, Source.STORE))


def _lost(history: History, attempt: int, epoch: int) -> None:
    """As if the store had lost that epoch: it shows one twice instead."""
    values, place = history.values, _store(history, attempt, epoch)
    for column in (values.epoch, values.bits, values.version):
        column[place] = column[_store(history, attempt, epoch - 1)]


def _sealed_by(history: History, attempt: int, epoch: int, version: int) -> None:
    """As if that version of the plan had sealed the epoch."""
    values = history.values
    for i, row in enumerate(zip(values.attempt, values.epoch, values.version, strict=True)):
        if row[:2] == (attempt, epoch) and row[2] > 0:
            values.version[i] = version


def _sealed_as(history: History, epoch: int, bits: int) -> None:
    """As if everybody had been given that value."""
    for i, each in enumerate(history.values.epoch):
        if each == epoch:
            history.values.bits[i] = bits


def _stale(history: History) -> None:
    _sealed_by(history, 1, 3, 1)
    _sealed_by(history, 2, 3, 1)


def _unknown(history: History) -> None:
    history.stored[4] = history.stored[4]._replace(key="")


def _answered_again(history: History, answer: Answer) -> None:
    history.answers.append(answer)


def _changed(history: History, receipt: Receipt) -> None:
    history.receipts[0] = receipt


PLANTED = (
    Planted("one bit apart", "I1", lambda h: h.values.add(Value(0, 1, 2, FULL ^ 1, 13, 14))),
    Planted("an inherited epoch is not the parent's", "I1", lambda h: h.values.add(Value(0, 2, 3, FULL, 70, 71))),
    Planted("answered, and lost in a crash", "I2", lambda h: h.values.add(Value(0, 2, 5, TENTH, 70, 71))),
    Planted("answered, and not found by a look", "I2", lambda h: h.unsealed.append(Unsealed(0, 1, 5, 80))),
    Planted("a receipt of what was not stored", "I2", _unknown),
    Planted(
        "the frontier goes back", "I2",
        lambda h: _answered_again(h, Answer("x", 0, 1, "", 2, 2, 45, 46)),
    ),
    Planted(
        "a change of what was given out", "I3",
        lambda h: _changed(h, Receipt("halve", 0, 1, 1, 2, 0, FULL, "receipt", 20, 22)),
    ),
    Planted(
        "a change is stored before the frontier", "I3",
        lambda h: h.stored.append(Stored(0, 11, "change", 2, 4, version=4)),
    ),
    Planted("a hole in what is sealed", "I4", lambda h: _lost(h, 2, 3)),
    Planted("sealed by an older plan than before it", "I4", lambda h: _sealed_by(h, 2, 0, 3)),
    Planted("not sealed, and a later one is", "I4", lambda h: h.unsealed.append(Unsealed(0, 2, 3, 80))),
    Planted("sealed without a change that was receipted", "I5", _stale),
    Planted(
        "a change is put off", "I5",
        lambda h: _changed(h, Receipt("halve", 0, 1, 2, 5, 0, HALF, "receipt", 20, 22)),
    ),
    Planted(
        "an answer from an old plan", "I5",
        lambda h: _answered_again(h, Answer("x", 0, 2, "", 5, 2, 70, 71)),
    ),
    Planted(
        "a repeat is granted something else", "I6",
        lambda h: _answered_again(h, Answer("w0", 0, 1, "0:0", 3, 1, 13, 14)),
    ),
    Planted(
        "one key changes the plan twice", "I6",
        lambda h: h.stored.append(Stored(0, 11, "change", 2, 5, version=4, key="halve")),
    ),
    Planted(
        "an old attempt is served after a new one", "I7",
        lambda h: _answered_again(h, Answer("w5", 0, 1, f"5:{HALF}", 6, 3, 70, 71)),
    ),
    Planted(
        "an old attempt is sealed further", "I7",
        lambda h: h.stored.append(Stored(0, 11, "sealed", 1, 6, 7, 2)),
    ),
    Planted("a watcher misses an event", "I8", lambda h: h.watched[0].pop(3)),
    Planted("a rate is minus zero", "I9", lambda h: _sealed_as(h, 2, MINUS_ZERO)),
)  # fmt: skip
