"""Where the commands of one run are worked on, one after the other."""

from asyncio import Future
from dataclasses import dataclass

from setpoint.coordination.ports import Entry
from setpoint.runs.event import Event, Origin, Recorded
from setpoint.runs.evolve import created, evolve
from setpoint.runs.state import Run


@dataclass(slots=True)
class Desk:
    """A run as far as it is durable, and as far as it is decided.

    durable: what may be shown, None where there is no such run. tip: what the next command is decided on. tail: the
    last append, while it is under way; whatever stands on the tip waits for it. A desk with a tail is never put away: a
    second one, loaded meanwhile, would fork the run.
    """

    name: str
    durable: Run | None
    tip: Run | None
    tail: Future[None] | None = None

    def drafted(self, events: tuple[Event, ...], origin: Origin) -> Entry:
        """What would be written of `events`; the desk is as before."""
        version = 0 if self.tip is None else self.tip.version
        recorded = tuple(Recorded(version + i, event, origin) for i, event in enumerate(events, 1))
        return Entry(version, recorded, _after(self.name, self.tip, recorded))

    def enqueued(self, entry: Entry, tail: Future[None]) -> None:
        """The next command is decided on what this entry makes of the run."""
        self.tip, self.tail = entry.run, tail

    def settled(self, entry: Entry, tail: Future[None]) -> None:
        """The entry is durable."""
        self.durable = entry.run
        if self.tail is tail:
            self.tail = None


def _after(name: str, run: Run | None, recorded: tuple[Recorded, ...]) -> Run:
    for each in recorded:
        run = created(name, each) if run is None else evolve(run, each)
    assert run is not None, "a run begins with an event"
    return run
