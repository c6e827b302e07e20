"""What an operator looks for in a store, beside a service or without one: whether it is whole, and what is frozen."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from setpoint.errors import Damaged, SetpointError
from setpoint.journal.chain import Link
from setpoint.runs.state import Run


class NotDone(SetpointError):
    """What an operator asked for was not begun, or undone."""

    code = "not-done"
    title = "This was not done"
    advice = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is not as it was written, and where: a run, or a part of the store."""

    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A run that seals nothing: it began in an earlier life of the store, and no attempt was opened in this one."""

    run: str
    attempt: int
    frontier: int


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a store."""

    incarnation: int
    runs: int
    events: int
    flaws: tuple[Flaw, ...]
    frozen: tuple[Frozen, ...]


class Store(Protocol):
    """A store, open to be read."""

    @property
    def incarnation(self) -> int:
        """Which life of the store this is."""
        ...

    def names(self) -> AsyncIterator[str]:
        """Every run that is named anywhere in it."""
        ...

    async def load(self, name: str) -> Run | None:
        """The run, all of whose events were checked.

        Raises:
            Damaged: what is stored is not what was written.
        """
        ...

    async def token_links(self) -> Sequence[Link]:
        """All that happened to tokens, checked.

        Raises:
            Damaged: what is stored is not what was written.
        """
        ...

    def links(self, kinds: Sequence[str]) -> AsyncIterator[tuple[str, Link]]:
        """The events of those kinds of all runs, in the order they were written in, unchecked."""
        ...

    async def fingerprint(self, run: str, event: int) -> bytes | None:
        """Of one event, as it is written; None where there is none."""
        ...

    async def flaws(self) -> Sequence[Flaw]:
        """What is wrong with it beside its runs."""
        ...


def _untold(_: int) -> None:
    return


async def examined(store: Store, progress: Callable[[int], None] = _untold) -> Examined:
    """All that is to be found in `store`; `progress` is told how many runs were looked at so far."""
    flaws, frozen = list(await store.flaws()), list[Frozen]()
    runs, events = 0, 0
    try:
        await store.token_links()
    except Damaged as damage:
        flaws.append(Flaw("tokens", damage.detail.removeprefix("the tokens: ")))
    async for name in store.names():
        runs += 1
        try:
            run = await store.load(name)
        except Damaged as damage:
            flaws.append(Flaw(name, damage.detail.removeprefix(f"{name}: ")))
        else:
            if run is not None:
                events += run.version
                frozen += _frozen(run, store.incarnation)
        progress(runs)
    return Examined(store.incarnation, runs, events, tuple(flaws), tuple(frozen))


def _frozen(run: Run, incarnation: int) -> list[Frozen]:
    if not run.frozen(incarnation):
        return []
    return [Frozen(run.name, run.attempt.number, run.attempt.frontier)]
