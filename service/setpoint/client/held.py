"""What a worker knows: its grant, what it went by without one, and how its last contact ended. No network."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from setpoint.client.grant import NOTHING, Grant, Values, Window
from setpoint.client.outage import Own, Planned, State
from setpoint.errors import SetpointError, Unavailable


class Report(NamedTuple):
    """A check-in: its body, the epoch that somebody waits for, and how long the service may wait for metrics."""

    body: dict[str, Any]
    wanted: int | None
    wait_seconds: float


class Held:
    """Read without a lock: `window` and `epoch` are replaced whole. All else is changed by who has the lock."""

    __slots__ = (
        "attempt",
        "changes",
        "changes_version",
        "epoch",
        "fault",
        "grant",
        "own",
        "planned",
        "trouble",
        "window",
    )

    def __init__(self, attempt: int) -> None:
        self.attempt = attempt
        self.window: Window = NOTHING
        self.epoch: int | None = None
        self.grant: Grant | None = None
        self.own: Own | None = None
        self.planned: Planned | None = None
        self.trouble: Unavailable | None = None
        self.fault: SetpointError | None = None
        self.changes: Sequence[Mapping[str, Any]] = ()
        self.changes_version: int | None = None

    @property
    def state(self) -> State:
        """`ready`: the last contact went well; `stale`: it did not, the grant goes on; `exhausted`: it is used up."""
        if self.trouble is None:
            return "ready"
        within = self.grant is not None and (self.epoch is None or self.epoch in self.grant)
        return "stale" if within else "exhausted"

    def values(self, epoch: int) -> Values | None:
        """What holds at `epoch`, if that is known here."""
        if self.grant is not None and epoch in self.grant:
            return self.grant.values(epoch)
        if self.own is not None and epoch in self.own:
            return self.own.values[epoch - self.own.start]
        return None

    def ahead(self, epoch: int, count: int) -> Sequence[Values] | None:
        """What holds at the `count` epochs from `epoch` on, if all of it is known here."""
        found = [values for each in range(epoch, epoch + count) if (values := self.values(each)) is not None]
        return found if len(found) == count else None

    def take(self, grant: Grant, wanted: int | None) -> None:
        """Hold `grant`, unless what is held lasts longer and the epoch that is `wanted` is not in it alone."""
        kept = self.grant
        if kept is None or grant.stop > kept.stop or (wanted is not None and wanted not in kept):
            self.grant, self.window = grant, grant.window()

    def asked_for_next(self) -> None:
        """The next grant is on its way: reads need no more than this one until its end."""
        if self.grant is not None:
            self.window = self.grant.window(is_next_asked=True)

    def go_on_by_plan(self, epoch: int, count: int = 1) -> Sequence[Values] | None:
        """The `count` values from `epoch` on, those planned remembered as gone by, with all before that nobody granted.

        None where the plan does not reach as far.
        """
        planned, grant = self.planned, self.grant
        if planned is None or not planned.start < epoch + count <= planned.stop:
            return None
        if self.own is None:
            self.own = Own(planned.start if grant is None else max(grant.stop, planned.start))
        last = grant.values(grant.stop - 1).hyperparameters if grant is not None else {}
        for missed in range(self.own.stop, epoch + count):
            self.own.values.append(planned.values(missed, last))
        return self.ahead(epoch, count)

    def is_planned_beyond(self, epoch: int, version: int) -> bool:
        """Whether the plan of that version is at hand to `epoch`."""
        return self.planned is not None and self.planned.plan_version == version and self.planned.stop > epoch

    def report(self, epoch: int, lookahead: int) -> dict[str, Any]:
        """A check-in at `epoch`: with what is held, so that its loss is noticed, and what was gone by without it."""
        body: dict[str, Any] = {"epoch": epoch, "attempt": self.attempt, "lookahead": lookahead}
        if self.grant is not None:
            body["held"] = self.grant.held()
        if self.own is not None and self.own.values:
            told = self.own.told()
            last = told["start"] + len(told["lr"]) - 1
            body |= {"unsealed": told, "epoch": last if self.own.without_told() else max(epoch, last)}
        return body

    def begin(self, attempt: int) -> None:
        """Belong to another attempt: nothing of the old one counts."""
        self.attempt = attempt
        self.window, self.grant, self.own, self.planned, self.fault = NOTHING, None, None, None, None
