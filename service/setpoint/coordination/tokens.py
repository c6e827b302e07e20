"""The tokens of a service: who a secret belongs to now, and every change to that, durable before it is told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from setpoint.access.event import TokenEvent, TokenRecorded
from setpoint.access.issue import Fresh, Wish, created, derived, revoked
from setpoint.access.register import Register
from setpoint.access.token import SECRET_BYTES, Token, Use, digest, secret
from setpoint.coordination.ports import Journal, Overtaken
from setpoint.errors import SetpointError, Unauthorized, Unavailable

SESSION_SECONDS = 12 * 3600
LINK_SECONDS = 15 * 60
FOLLOW_SECONDS = 2.0
"""For so long a token may still be let in by a process other than the one that revoked it."""
_TRIES = 32

Decide: TypeAlias = Callable[[Register], Sequence[TokenEvent]]


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` and `later` (by so many seconds) as RFC 3339 in UTC."""

    later: Callable[[float], str]

    def now(self) -> str:
        return self.later(0)


class Tokens:
    """`given` is a token that the service was told of from outside: it is let in, and not among the store's."""

    def __init__(
        self, journal: Journal, clock: Clock, chance: Callable[[int], bytes], given: Token | None = None
    ) -> None:
        self.register = Register()
        self.given = given
        self._journal = journal
        self._clock = clock
        self._chance = chance
        self._writing = asyncio.Lock()

    async def refresh(self) -> None:
        """Take in what others have written.

        Raises:
            Damaged: what is stored is not what was written.
        """
        self._take(await self._journal.token_events(self.register.version))

    async def follow(self) -> None:
        """Take in what others write, for ever. While the store can't be reached, what was known goes on."""
        while not self._journal.exclusive:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                await self.refresh()
            except Unavailable:
                continue

    def found(self, secret: str, use: Use) -> Token | None:
        """The token with that secret, if it is of that use and counts now."""
        token = self._known(digest(secret))
        return token if token is not None and token.use == use and self.counts(token) else None

    def counts(self, token: Token) -> bool:
        """Whether it still does: neither it nor the one that it stands for has ended."""
        now, current = self._clock.now(), self._by_id(token.id)
        while current is not None and not current.ended(now):
            if current.parent is None:
                return True
            current = self._by_id(current.parent)
        return False

    async def create(self, wish: Wish, actor: str, known: str | None = None) -> tuple[Token, str]:
        """A new token, and its secret: `known`, or one that is never told again.

        Raises:
            TokenExists: another of this name is in use.
        """
        fresh = self._fresh(known)
        await self._written(lambda register: [created(register, wish, fresh, self._clock.now())], actor)
        return self.register.tokens[fresh.id], fresh.secret

    async def revoke(self, id_: str, actor: str, reason: str | None = None) -> Token:
        """Take a token back, with all that stands for it: the token as it is now.

        Raises:
            NotFound: there is no such token.
        """

        def decide(register: Register) -> Sequence[TokenEvent]:
            event = revoked(register, id_, reason)
            return [] if event is None else [event]

        await self._written(decide, actor)
        return self.register.tokens[id_]

    async def link(self, parent: Token, actor: str) -> tuple[Token, str]:
        """What begins a session of `parent`, once."""
        return await self._derived(parent, "link", LINK_SECONDS, actor)

    async def begin(self, secret: str, where: str) -> tuple[Token, str]:
        """A session for whoever has that token or link, which is used up by it; its secret is the cookie.

        `where` is the address that it is begun from.

        Raises:
            Unauthorized: it is neither, or counts no more.
        """
        token = self.found(secret, "token")
        if token is not None:
            return await self._derived(token, "session", SESSION_SECONDS, f"{token.name}@{where}")
        link = self.found(secret, "link")
        parent = None if link is None or link.parent is None else self._by_id(link.parent)
        if link is None or parent is None:
            raise Unauthorized("the token is not known, or counts no more; a link works once")
        return await self._derived(parent, "session", SESSION_SECONDS, f"{parent.name}@{where}", used=link)

    async def _derived(
        self, parent: Token, use: Use, seconds: float, actor: str, used: Token | None = None
    ) -> tuple[Token, str]:
        fresh, until = self._fresh(), self._clock.later(seconds)

        def decide(register: Register) -> Sequence[TokenEvent]:
            event = derived(parent, use, fresh, until)
            if used is None:
                return [event]
            end = revoked(register, used.id, "used")
            if end is None:
                raise Unauthorized("the link was used before")
            return [end, event]

        await self._written(decide, actor)
        return self.register.tokens[fresh.id], fresh.secret

    async def _written(self, decide: Decide, actor: str) -> None:
        """What follows from `decide`, written, whether or not the caller is still there at the end."""
        await asyncio.shield(self._write(decide, actor))

    async def _write(self, decide: Decide, actor: str) -> None:
        """Decided anew as long as others are first."""
        async with self._writing:
            for _ in range(_TRIES):
                events, at = decide(self.register), self._clock.now()
                first = self.register.version + 1
                recorded = [TokenRecorded(i, event, at, actor) for i, event in enumerate(events, first)]
                try:
                    if recorded:
                        await self._journal.append_tokens(recorded)
                    self._take(recorded)
                except Overtaken:
                    await self.refresh()
                except SetpointError:
                    await self._refreshed()
                    raise
                else:
                    return
        raise Unavailable("others change tokens all the while")

    async def _refreshed(self) -> None:
        """After a failure of which nobody knows whether it was one."""
        try:
            await self.refresh()
        except Unavailable:
            return

    def _take(self, recorded: Sequence[TokenRecorded]) -> None:
        news = [each for each in recorded if each.id > self.register.version]
        if news:
            self.register = self.register.after(news)

    def _known(self, digest: str) -> Token | None:
        if self.given is not None and self.given.is_of(digest):
            return self.given
        return self.register.found(digest)

    def _by_id(self, id_: str) -> Token | None:
        if self.given is not None and self.given.id == id_:
            return self.given
        return self.register.tokens.get(id_)

    def _fresh(self, known: str | None = None) -> Fresh:
        return Fresh(f"tk_{self._chance(8).hex()}", known or secret(self._chance(SECRET_BYTES)))
