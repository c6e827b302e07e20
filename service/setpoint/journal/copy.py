"""All of one store into another, over the port: whatever the engines, in either direction, and again from where it was.

What is read is checked against its chain, and what was written is read again and compared: the same events with the
same bits, by the same people at the same times, and so the same runs.
"""

from asyncio import Future, gather
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from heapq import merge

from setpoint.access.event import TokenRecorded
from setpoint.coordination.ports import Entry, Filter, Journal, Page, Summary
from setpoint.errors import SetpointError
from setpoint.journal import codec, tokens
from setpoint.runs.event import Recorded
from setpoint.runs.evolve import created, evolve
from setpoint.runs.state import Run

PAGE = 200
"""Events of one entry: what is held in memory, and lost where the copy ends early."""
_UNDER_WAY = 16
"""Entries that are being written while the next are read: so that many share a commit."""
_LISTED = 1000

Progress = Callable[[int, int, int], None]
"""Is told how many runs are done, of how many, and how many events that came to."""


class NotCopied(SetpointError):
    """The copy is not what it should be."""

    code = "not-copied"
    title = "The copy is not complete"
    advice = "Stop all that write to either store, and copy again: it goes on from where it is."


async def names(journal: Journal) -> list[str]:
    """Every run, in the order in which they were created.

    Shown and archived ones are listed apart, each in that order; how the two mix is by the clock.
    """
    shown = [each async for each in _listed(journal, None)]
    archived = [each async for each in _listed(journal, "archived")]
    newest_first = merge(shown, archived, key=lambda each: each.created_at, reverse=True)
    return [each.name for each in newest_first][::-1]


async def _listed(journal: Journal, state: str | None) -> AsyncIterator[Summary]:
    after: str | None = None
    while True:
        page: Page = await journal.list(Filter(state=state, after=after, limit=_LISTED))
        for each in page.runs:
            yield each
        after = page.next
        if after is None:
            return


async def copied(source: Journal, target: Journal, progress: Progress) -> None:
    """Write into `target` what it has not yet of `source`.

    Raises:
        Damaged: something in the source is not what was written.
        NotCopied: the target has what the source has not.
    """
    await _tokens_copied(source, target)
    wanted, there, events = await names(source), set(await names(target)), 0
    under_way = deque[Future[None]]()
    try:
        for done, name in enumerate(wanted):
            progress(done, len(wanted), events)
            run = await target.load(name) if name in there else None
            async for entry in _entries(source, name, run):
                under_way.append(target.append(entry))
                events += len(entry.recorded)
                while len(under_way) > _UNDER_WAY:
                    await under_way.popleft()
                progress(done, len(wanted), events)
        while under_way:
            await under_way.popleft()
    finally:
        await gather(*under_way, return_exceptions=True)
    progress(len(wanted), len(wanted), events)


async def _entries(source: Journal, name: str, run: Run | None) -> AsyncIterator[Entry]:
    """What comes after `run`, which is the run so far."""
    version = 0 if run is None else run.version
    while recorded := await source.recorded(name, version, PAGE):
        for each in recorded:
            run = created(name, each) if run is None else evolve(run, each)
        assert run is not None
        yield Entry(version, tuple(recorded), run)
        version = run.version


async def _tokens_copied(source: Journal, target: Journal) -> None:
    there = len(await target.token_events(0))
    left = list(await source.token_events(there))
    for first in range(0, len(left), PAGE):
        await target.append_tokens(left[first : first + PAGE])


async def verified(source: Journal, target: Journal, progress: Progress) -> int:
    """How many events `target` has: the very same as `source`. Both are read, and every link of their chains checked.

    `target` should be opened anew for this: what is known from writing is not what is stored.

    Raises:
        Damaged: something in one of them is not what was written.
        NotCopied: they are not the same.
    """
    wanted, found = await names(source), await names(target)
    if wanted != found:
        raise NotCopied(_differing(set(wanted), set(found)))
    written = [_plain_token(each) for each in await target.token_events(0)]
    if written != [_plain_token(each) for each in await source.token_events(0)]:
        raise NotCopied("the tokens are not the same")
    events = 0
    for done, name in enumerate(wanted):
        progress(done, len(wanted), events)
        events += await _same(source, target, name)
    progress(len(wanted), len(wanted), events)
    return events


def _differing(wanted: set[str], found: set[str]) -> str:
    if wanted == found:
        return "the runs are not in the order in which they were created"
    return f"there is {_some(wanted - found)} in the source alone, and {_some(found - wanted)} in the target alone"


def _some(runs: Iterable[str]) -> str:
    first, *others = sorted(runs) or ["no run"]
    return first if not others else f"{first} and {len(others)} more"


async def _same(source: Journal, target: Journal, name: str) -> int:
    """The number of the run's events, which both have alike."""
    version = 0
    while True:
        wanted, found = await source.recorded(name, version, PAGE), await target.recorded(name, version, PAGE)
        if _plain(wanted) != _plain(found):
            raise NotCopied(f"{name} is not the same in both, somewhere after its event {version}")
        if not wanted:
            break
        version = wanted[-1].id
    run = await target.load(name)
    if run is None or run.version != version:
        raise NotCopied(f"{name} does not end with event {version} in the target")
    return version


def _plain(recorded: Sequence[Recorded]) -> list[tuple[object, ...]]:
    """As bytes: a NaN is like itself then."""
    return [(each.id, each.event.kind, each.origin, codec.encode(each.event)) for each in recorded]


def _plain_token(recorded: TokenRecorded) -> object:
    return tokens.row(recorded)
