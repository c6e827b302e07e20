"""Writes down what is asked and answered, as the checker wants it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from proof.history import Answer, Asked, Current, History, Opening, Receipt, Source, Unsealed, Value, bits_of

_CURRENT = frozenset({"position", "frontier", "plan_version", "state"})
"""What an answer tells of the run as it is now: it may differ from one delivery to the next."""


class Recorder:
    """One history as it happens. `names` are the runs in the order of their numbers."""

    def __init__(self, names: Sequence[str]) -> None:
        self.history = History()
        self.names = names
        self.statuses: Counter[str] = Counter()
        self._clock = count(1)

    def tick(self) -> int:
        """The next reading of the clock."""
        return next(self._clock)

    def asked(self, run: int, attempt: int, stop: int, sent: int) -> None:
        self.history.asked.append(Asked(run, attempt, stop, sent))

    def checked_in(self, request: str, run: int, body: Mapping[str, Any], sent: int) -> None:
        received, attempt, grant = self.tick(), body["attempt"], body["grant"]
        said, frontier, version = _said(body), body["frontier"], body["plan_version"]
        self.history.answers.append(Answer(request, run, attempt, said, frontier, version, sent, received))
        for column, values in enumerate(_columns(grant)):
            for epoch, value in enumerate(values, grant["start"]):
                seen = Value(run, attempt, epoch, bits_of(value), sent, received, Source.CHECK_IN, column)
                self.history.values.add(seen)

    def looked(self, run: int, body: Mapping[str, Any], sent: int, source: Source, *, named: bool) -> None:
        """The answer of GET or PUT lr."""
        received, attempt, epoch = self.tick(), body["attempt"], body["epoch"]
        if not named:
            self.history.current.append(Current(run, attempt, sent, received))
        if not body["sealed"]:
            self.history.unsealed.append(Unsealed(run, attempt, epoch, sent))
            return
        version = body["plan_version"]
        for column, (value,) in enumerate(_columns({**body, "lr": [body["lr"]]})):
            seen = Value(run, attempt, epoch, bits_of(value), sent, received, source, column, version)
            self.history.values.add(seen)

    def changed(self, key: str, run: int, receipt: Mapping[str, Any], first_sent: int) -> None:
        effective, op = receipt["effective_epoch"], receipt["op"]
        # What is withdrawn is withdrawn from where it would have begun: nobody needs to have asked for that yet.
        requested = effective if op == "cancel" else receipt["request"].get("epoch") or 0
        seen = Receipt(
            key, run, receipt["attempt"], receipt["plan_version"], effective, requested,
            bits_of(receipt["lr_after"]), _said(receipt, frozenset()), first_sent, self.tick(),
        )  # fmt: skip
        self.history.receipts.append(seen)

    def opened(self, key: str, run: int, body: Mapping[str, Any], first_sent: int) -> None:
        said = _said(body, frozenset({"frontier"}))
        attempt, parent, start = body["attempt"], body["parent"], body["from_epoch"]
        self.history.openings.append(Opening(key, run, attempt, parent, start, said, first_sent, self.tick()))


def _columns(body: Mapping[str, Any]) -> Iterable[list[float]]:
    """The values by column, in the order of the run's settings."""
    yield body["lr"]
    for named in (body["groups"], body["hyperparameters"]):
        for values in named.values():
            yield values if isinstance(values, list) else [values]


def _said(body: Mapping[str, Any], but: frozenset[str] = _CURRENT) -> str:
    return json.dumps({name: value for name, value in body.items() if name not in but}, sort_keys=True)
