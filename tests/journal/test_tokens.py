"""Events of tokens: the same contract on every engine, and a chain in which no flipped bit stays hidden."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import pytest

from setpoint.access.event import TokenCreated, TokenRecorded, TokenRevoked
from setpoint.coordination.ports import Journal, Overtaken
from setpoint.errors import Damaged, StorageFull
from setpoint.journal import tokens
from setpoint.journal.chain import START, Head, Link, Row
from setpoint.journal.postgres import journal as postgres
from setpoint.journal.postgres.address import parsed
from setpoint.journal.sqlite import sql
from setpoint.journal.sqlite.journal import opened
from tests.coordination.runs import creation, within
from tests.journal.engines import ENGINES, Engine
from tests.postgres.server import server

AT = "2026-05-04T03:02:01.000Z"
CREATED = TokenRecorded(
    1, TokenCreated("tk_1", "trainer", "ab" * 32, "worker", ("resnet*", "bert-?"), AT, parent="tk_0"), AT, "ada"
)
REVOKED = TokenRecorded(2, TokenRevoked("tk_1", "left"), AT, "ada")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return ENGINES[request.param](tmp_path)


def on(engine: Engine, scenario: Callable[[Journal], Awaitable[None]]) -> None:
    async def work() -> None:
        journal = await engine.open()
        try:
            await scenario(journal)
        finally:
            await journal.close()

    within(10, work)


def test_what_was_written_of_tokens_is_there_when_the_store_is_opened_again(engine: Engine) -> None:
    async def write(journal: Journal) -> None:
        await journal.append_tokens([CREATED])
        await journal.append_tokens([REVOKED])

    async def read(journal: Journal) -> None:
        assert await journal.token_events(0) == [CREATED, REVOKED]
        assert await journal.token_events(1) == [REVOKED]
        assert await journal.token_events(2) == []

    on(engine, write)
    on(engine, read)


def test_of_two_who_write_the_same_event_one_is_overtaken(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        first, second = journal.append_tokens([CREATED]), journal.append_tokens([CREATED])

        await first
        with pytest.raises(Overtaken):
            await second
        assert await journal.token_events(0) == [CREATED]

    on(engine, scenario)


def test_events_of_tokens_and_of_runs_are_written_beside_each_other(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        creations = [creation(name) for name in ("mnist", "bert")]
        written = [
            journal.append(creations[0]),
            journal.append_tokens([CREATED, REVOKED]),
            journal.append(creations[1]),
        ]

        await asyncio.gather(*written)

        assert await journal.token_events(0) == [CREATED, REVOKED]
        assert [await journal.load(name) for name in ("mnist", "bert")] == [each.run for each in creations]

    on(engine, scenario)


def test_no_event_of_tokens_is_there_that_could_not_be_written(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        engine.break_next_commit()
        with pytest.raises(StorageFull):
            await journal.append_tokens([CREATED])
        assert await journal.token_events(0) == []

        await journal.append_tokens([CREATED])
        assert await journal.token_events(0) == [CREATED]

    on(engine, scenario)


def chained() -> tuple[list[Link], Head]:
    links = tokens.links(START, [tokens.row(CREATED), tokens.row(REVOKED)])
    return links, Head(2, links[-1].chain)


def flips(value: Any) -> Iterator[Any]:
    """`value` with each of its bits flipped in turn, of the type that it is of."""
    raw = value.encode() if isinstance(value, str) else value
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        yield flipped.decode("latin-1") if isinstance(value, str) else bytes(flipped)


def test_every_flipped_bit_of_an_event_of_tokens_is_found() -> None:
    links, head = chained()
    for place, link in enumerate(links):
        fields: list[Any] = [*link.row, link.chain]
        for column in range(1, len(fields)):
            for flipped in flips(fields[column]):
                changed = [*fields[:column], flipped, *fields[column + 1 :]]
                damaged = [*links[:place], Link(Row(*changed[:5]), changed[5]), *links[place + 1 :]]

                with pytest.raises(Damaged):
                    tokens.read(damaged, Head(0, START), (head.version, head.chain))


@pytest.mark.parametrize("kept", [[], [0], [1]])
def test_an_event_of_tokens_that_is_gone_is_missed(kept: list[int]) -> None:
    links, head = chained()

    with pytest.raises(Damaged):
        tokens.read([links[i] for i in kept], Head(0, START), (head.version, head.chain))


def test_an_event_of_tokens_in_a_later_form_is_not_misread() -> None:
    row = tokens.row(CREATED)._replace(payload=b'{"v":2,"token":"tk_1"}')
    links = tokens.links(START, [row])

    with pytest.raises(Damaged, match="later version"):
        tokens.read(links, Head(0, START), (1, links[-1].chain))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE token_events SET payload = CAST(replace(payload, 'worker', 'admin') AS BLOB)",
        "DELETE FROM token_events WHERE id = 2",
        "DELETE FROM token_events",
        "UPDATE token_head SET id = 1",
        "DELETE FROM token_head",
        "UPDATE token_events SET id = 3 WHERE id = 2",
    ],
)
def test_tokens_that_were_changed_behind_its_back_are_damaged_on_sqlite(tmp_path: Path, statement: str) -> None:
    async def scenario() -> None:
        path = tmp_path / "setpoint.db"
        journal = await opened(path)
        await journal.append_tokens([CREATED, REVOKED])
        await journal.close()
        database = apsw.Connection(str(path))
        sql.do(database, statement)
        database.close()

        again = await opened(path)
        with pytest.raises(Damaged):
            await again.token_events(0)
        await again.close()

    within(10, scenario)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE setpoint.token_events SET actor = 'eve' WHERE id = 1",
        "DELETE FROM setpoint.token_events WHERE id = 2",
        "DELETE FROM setpoint.token_events",
        "DELETE FROM setpoint.token_head",
    ],
)
def test_tokens_that_were_changed_behind_its_back_are_damaged_on_postgres(statement: str) -> None:
    async def scenario() -> None:
        address = parsed(server().database())
        journal = await postgres.opened(address)
        await journal.append_tokens([CREATED, REVOKED])
        connection = await asyncpg.connect(address.url)
        await connection.execute(statement)
        await connection.close()

        with pytest.raises(Damaged):
            await journal.token_events(0)
        await journal.close()

    within(10, scenario)


def test_of_two_processes_that_write_of_tokens_at_once_one_is_overtaken() -> None:
    async def scenario() -> None:
        address = parsed(server().database())
        ours, theirs = await postgres.opened(address), await postgres.opened(address)

        outcomes = await asyncio.gather(
            ours.append_tokens([CREATED]), theirs.append_tokens([CREATED]), return_exceptions=True
        )

        assert [type(each) for each in outcomes if each is not None] == [Overtaken]
        assert await ours.token_events(0) == await theirs.token_events(0) == [CREATED]
        await ours.close()
        await theirs.close()

    within(10, scenario)
