"""Tokens of a service and of its replicas: what is written is what counts, and a link works once, wherever."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import count

import pytest

from setpoint.access.issue import Wish
from setpoint.access.scope import Scope
from setpoint.access.token import Token, digest
from setpoint.coordination import tokens as module
from setpoint.coordination.tokens import Clock, Tokens
from setpoint.errors import NotFound, StorageFull, TokenExists, Unauthorized
from tests.coordination.memory import MemoryJournal, Store
from tests.coordination.runs import within

ADA = Wish("ada", Scope.OPERATOR)


class Hands:
    """The time of day, moved by hand: in seconds after midnight."""

    def __init__(self) -> None:
        self.now = 0

    def later(self, seconds: float) -> str:
        at = self.now + int(seconds)
        return f"2026-05-04T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.000Z"


class Replica:
    def __init__(self, store: Store, numbers: Iterator[int], hands: Hands, given: Token | None = None) -> None:
        self.journal = MemoryJournal(store, exclusive=False)
        self.tokens = Tokens(self.journal, Clock(hands.later), lambda size: next(numbers).to_bytes(size, "big"), given)


class Cluster:
    """Two replicas on one store."""

    def __init__(self) -> None:
        self.hands = Hands()
        store, numbers = Store(), count(1)
        self.here, self.there = (Replica(store, numbers, self.hands).tokens for _ in range(2))


def on(scenario: Callable[[Cluster], Awaitable[None]]) -> None:
    async def work() -> None:
        await scenario(Cluster())

    within(10, work)


def test_a_token_of_one_replica_counts_on_another_once_that_has_looked() -> None:
    async def scenario(both: Cluster) -> None:
        token, secret = await both.here.create(ADA, "bob")
        assert both.here.found(secret, "token") == token
        assert both.there.found(secret, "token") is None

        await both.there.refresh()
        assert both.there.found(secret, "token") == token

        await both.there.revoke(token.id, "bob")
        assert both.there.found(secret, "token") is None
        await both.here.refresh()
        assert both.here.found(secret, "token") is None

    on(scenario)


def test_a_replica_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FOLLOW_SECONDS", 0.001)

    async def scenario(both: Cluster) -> None:
        following = asyncio.create_task(both.there.follow())
        _, secret = await both.here.create(ADA, "bob")
        while both.there.found(secret, "token") is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)
        following.cancel()

    on(scenario)


def test_a_change_that_was_decided_on_old_news_is_decided_anew() -> None:
    async def scenario(both: Cluster) -> None:
        await both.here.create(ADA, "bob")

        with pytest.raises(TokenExists):
            await both.there.create(ADA, "bob")
        other, _ = await both.there.create(Wish("eve", Scope.READER), "bob")

        assert [token.name for token in both.there.register.of_people()] == ["ada", "eve"]
        assert other.id in both.there.register.tokens

    on(scenario)


def test_of_two_who_use_a_link_at_once_one_gets_a_session() -> None:
    async def scenario(both: Cluster) -> None:
        token, _ = await both.here.create(ADA, "bob")
        _, secret = await both.here.link(token, "ada")
        await both.there.refresh()

        begun = await asyncio.gather(
            both.here.begin(secret, "10.0.0.7"), both.there.begin(secret, "10.0.0.8"), return_exceptions=True
        )

        assert sorted(type(each).__name__ for each in begun) == ["Unauthorized", "tuple"]

    on(scenario)


def test_a_session_ends_with_its_token_and_no_later() -> None:
    async def scenario(both: Cluster) -> None:
        _, secret = await both.here.create(Wish("ada", Scope.READER, expires_at=both.hands.later(60)), "bob")
        session, cookie = await both.here.begin(secret, "10.0.0.7")

        assert session.expires_at == both.hands.later(60)
        both.hands.now = 59
        assert both.here.found(cookie, "session") == session
        both.hands.now = 60
        assert both.here.found(cookie, "session") is None
        with pytest.raises(Unauthorized):
            await both.here.begin(secret, "10.0.0.7")

    on(scenario)


def test_a_link_that_nobody_used_is_gone_after_a_quarter_of_an_hour() -> None:
    async def scenario(both: Cluster) -> None:
        token, _ = await both.here.create(ADA, "bob")
        _, secret = await both.here.link(token, "ada")

        both.hands.now = 900
        with pytest.raises(Unauthorized):
            await both.here.begin(secret, "10.0.0.7")

    on(scenario)


def test_a_token_that_was_given_from_outside_counts_without_being_kept() -> None:
    given = Token("tk_0", "environment", digest("from outside"), Scope.ADMIN, ("*",), "", "")

    async def scenario() -> None:
        replica = Replica(Store(), count(1), Hands(), given)
        _, cookie = await replica.tokens.begin("from outside", "10.0.0.7")

        assert replica.tokens.found("from outside", "token") is given
        assert replica.tokens.found(cookie, "session") is not None
        assert list(replica.tokens.register.of_people()) == []
        replica.tokens.given = None  # as after a restart with another
        assert replica.tokens.found(cookie, "session") is None

    within(10, scenario)


def test_a_token_that_could_not_be_written_does_not_count() -> None:
    async def scenario() -> None:
        replica = Replica(Store(), count(1), Hands())
        replica.journal.break_next_commit()

        with pytest.raises(StorageFull):
            await replica.tokens.create(ADA, "bob", "known")

        assert replica.tokens.found("known", "token") is None
        with pytest.raises(NotFound):
            await replica.tokens.revoke("tk_none", "bob")

    within(10, scenario)
