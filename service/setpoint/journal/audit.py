"""The audit log of a store, as lines of JSON: who did what, when and why, each with its fingerprint in the chain.

An export that is kept elsewhere holds the store to what it said: whoever rewrites an event, and all the fingerprints
after it, no longer agrees with the lines.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from typing import Any

from setpoint.journal import chain, tokens
from setpoint.journal.chain import Link
from setpoint.journal.upkeep import Flaw, Store
from setpoint.runs.event import (
    AttemptOpened,
    Changed,
    Created,
    Decided,
    Diverged,
    Labelled,
    Left,
    Measured,
    Reported,
    SealedEpochs,
    StateChanged,
)
from setpoint.runs.settings import Settings
from setpoint.wire.event import told_event

DECISIONS = tuple(event.kind for event in (Created, Changed, AttemptOpened, StateChanged, Labelled, Decided, Diverged))
"""What somebody, or a policy, decided about a run."""
ALL = (*DECISIONS, *(event.kind for event in (SealedEpochs, Reported, Left, Measured)))
_NOT_TOLD = {"digest"}
"""Of a token: what its secret could be guessed against."""


async def exported(store: Store, kinds: Iterable[str]) -> AsyncIterator[dict[str, Any]]:
    """What happened to tokens, then the events of those kinds of all runs, in the order they were written in.

    Raises:
        Damaged: one can't be read. `audit verify` tells of all that is wrong.
    """
    for link in await store.token_links():
        yield _of_token(link)
    # A run's first event is its creation: by then its settings are known.
    settings: dict[str, Settings] = {}
    async for run, link in store.links((Created.kind, *kinds)):
        recorded = chain.recorded(run, link.row)
        if isinstance(recorded.event, Created):
            settings[run] = recorded.event.settings
        if run not in settings:
            raise chain.damaged(run, "its first event is not its creation")
        yield {**told_event(run, settings[run], recorded), "fingerprint": link.chain.hex()}


def _of_token(link: Link) -> dict[str, Any]:
    recorded = tokens.recorded(link.row)
    told = {name: value for name, value in asdict(recorded.event).items() if name not in _NOT_TOLD}
    head = {"id": recorded.id, "type": recorded.event.kind, "at": recorded.at, "actor": recorded.actor}
    return {**head, **told, "fingerprint": link.chain.hex()}


async def contradicted(store: Store, lines: Iterable[dict[str, Any]]) -> AsyncIterator[Flaw]:
    """Where the store is not what the `lines` of an earlier export say."""
    written = {link.row.id: link.chain for link in await store.token_links()}
    for line in lines:
        run, number, fingerprint = line.get("run"), int(line["id"]), bytes.fromhex(line["fingerprint"])
        found = written.get(number) if run is None else await store.fingerprint(run, number)
        if found != fingerprint:
            detail = f"event {number} is {'gone' if found is None else 'another one than was exported'}"
            yield Flaw("tokens" if run is None else str(run), detail)
