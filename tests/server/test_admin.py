"""The first admin: a token in a file of its user's, made once, and what is refused about it."""

import asyncio
import subprocess
from pathlib import Path

import httpx
import pytest

from setpoint.access.token import Token
from setpoint.api.standing import Standing
from setpoint.coordination.tokens import Tokens
from setpoint.server import admin
from setpoint.settings import InvalidSetting, Settings
from tests.api_access.guarded import Guarded
from tests.api_runs.process import PATIENCE, SETPOINT, Process
from tests.coordination.memory import MemoryJournal, Store


def started(store: Store, data: Path, token: str | None = None) -> Tokens:
    """The tokens of a service on that store and folder."""
    settings = Settings(data=data, token=token, auth=True)

    async def work() -> Tokens:
        return await admin.tokens(settings, MemoryJournal(store), Standing())

    return asyncio.run(work())


def kept(data: Path) -> str:
    return (data / "token").read_text().strip()


def people(tokens: Tokens) -> list[Token]:
    return list(tokens.register.of_people())


def test_the_first_start_makes_an_admins_token_and_the_next_finds_it(tmp_path: Path) -> None:
    store = Store()

    first, secret = started(store, tmp_path), kept(tmp_path)
    second = started(store, tmp_path)

    assert kept(tmp_path) == secret
    assert people(second) == people(first)
    assert [token.name for token in people(first)] == ["admin"]
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_a_token_that_was_revoked_stays_so_as_long_as_there_is_another_admin(tmp_path: Path) -> None:
    store = Store()
    tokens = started(store, tmp_path)

    async def revoke() -> None:
        again = Tokens(MemoryJournal(store), tokens._clock, tokens._chance)
        await again.refresh()
        await again.revoke(people(tokens)[0].id, "eve")

    asyncio.run(revoke())
    secret = kept(tmp_path)
    after = started(store, tmp_path)  # nobody is admin any more: whoever has the folder is, with a new token

    assert kept(tmp_path) != secret
    assert [token.revoked_at is None for token in people(after)] == [False, True]


def test_a_replica_with_a_folder_of_its_own_makes_no_second_admin(tmp_path: Path) -> None:
    store = Store()
    started(store, tmp_path / "one")

    assert len(people(started(store, tmp_path / "two"))) == 1
    assert not (tmp_path / "two" / "token").exists()


def test_a_token_from_outside_is_enough_and_nothing_is_written(tmp_path: Path) -> None:
    tokens = started(Store(), tmp_path, "a token from outside")

    assert tokens.found("a token from outside", "token") is tokens.given
    assert not list(tmp_path.iterdir())


def test_a_short_token_from_outside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="fewer than 16"):
        started(Store(), tmp_path, "s3cret")


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    started(Store(), tmp_path)
    (tmp_path / "token").chmod(0o640)

    with pytest.raises(InvalidSetting, match="can be read by others"):
        started(Store(), tmp_path)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InvalidSetting, match="can't be"):
        started(Store(), tmp_path / "file")


def test_beyond_loopback_tokens_are_asked_for_without_a_word(tmp_path: Path) -> None:
    with Process(tmp_path, "--host", "0.0.0.0") as process:
        assert httpx.get(f"{process.url}/v1/info").status_code == 401
        assert httpx.get(f"{process.url}/livez").status_code == 200


def test_that_none_is_asked_for_there_has_to_be_said_and_is_told(tmp_path: Path) -> None:
    with Process(tmp_path, "--host", "0.0.0.0", "--no-auth") as process:
        assert process.http.get("/v1/info").json()["auth"] == "off"
        ended = process.end()

    assert "no token is asked for" in ended.errors


def test_on_loopback_none_is_asked_for(tmp_path: Path) -> None:
    with Process(tmp_path) as process:
        assert process.http.get("/v1/info").json()["auth"] == "loopback"
        assert not (tmp_path / "token").exists()


def test_no_token_is_printed_where_nobody_looks(tmp_path: Path) -> None:
    with Guarded(tmp_path) as service:
        secret = service.admin.secret
        assert service.http.get("/v1/runs", headers={"Authorization": f"Bearer {secret}x"}).status_code == 401
        process = service.process._process
        assert process.stdout is not None
        out = "".join(process.stdout.readline() for _ in range(7))
        process.terminate()
        rest, errors = process.communicate(timeout=PATIENCE)

    assert "sp_" not in out + rest + errors
    assert str(tmp_path / "token") in out


def test_auth_and_no_auth_can_not_be_meant_together(tmp_path: Path) -> None:
    command = [SETPOINT, "serve", "--auth", "--no-auth", "--data", str(tmp_path)]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "keep one of them" in ended.stderr
