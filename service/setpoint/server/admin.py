"""The first admin: a token that the service makes by itself, in a file that only its user can read."""

import os
import secrets
import sys
from pathlib import Path

from setpoint.access.issue import Wish
from setpoint.access.scope import Scope
from setpoint.access.token import EVERY_RUN, SECRET_BYTES, Token, digest, secret
from setpoint.api.clock import later
from setpoint.api.session import SIGN_IN
from setpoint.api.standing import Standing
from setpoint.coordination.ports import Journal
from setpoint.coordination.tokens import Clock, Tokens
from setpoint.errors import TokenExists
from setpoint.settings import TOKEN_FILE, InvalidSetting, Settings

ACTOR = "setpoint serve"
LEAST = 16
"""Characters of a token that somebody chose: it is not of 256 random bits."""
_OTHERS = 0o077


async def tokens(settings: Settings, journal: Journal, standing: Standing) -> Tokens:
    """The tokens in the journal, with an admin's among them or beside them. What to do with it is for the greeting.

    Raises:
        InvalidSetting: the admin's token can't be read or written, or is too short.
        Damaged: the tokens are not what was written.
    """
    found = Tokens(journal, Clock(later), secrets.token_bytes, _given(settings.token))
    await found.refresh()
    path = settings.data / TOKEN_FILE
    admin = found.given or await _kept(found, path)
    if admin is None:
        standing.notices.append("Tokens are asked for.")
        return found
    where = "is $SETPOINT_TOKEN" if admin is found.given else f"is in {path}"
    standing.notices.append(f"Tokens are asked for; an admin's {where}.")
    if sys.stdout.isatty():  # a link lets in whoever reads it: into no log
        _, link = await found.link(admin, ACTOR)
        standing.invitation = f"{SIGN_IN}#{link}"
    else:
        standing.notices.append("`setpoint token link` makes a link that opens the pages.")
    return found


def _given(said: str | None) -> Token | None:
    if said is None:
        return None
    if len(said) < LEAST:
        raise InvalidSetting(
            f"SETPOINT_TOKEN has fewer than {LEAST} characters: `openssl rand -hex 32` makes a good one."
        )
    known = digest(said)
    return Token(f"tk_{known[:16]}", "environment", known, Scope.ADMIN, (EVERY_RUN,), later(0), ACTOR)


async def _kept(found: Tokens, path: Path) -> Token | None:
    """The token in the file, if it counts; a new one where there is no admin at all."""
    said = _read(path)
    known = None if said is None else found.found(said, "token")
    if known is not None or any(
        token.scope is Scope.ADMIN and found.counts(token) for token in found.register.of_people()
    ):
        return known
    if said is None or found.register.found(digest(said)) is not None:  # none, or one that was revoked
        said = secret(secrets.token_bytes(SECRET_BYTES))
        _write(path, said)
    try:
        token, _ = await found.create(Wish("admin", Scope.ADMIN), ACTOR, said)
    except TokenExists:  # another replica was first
        _remove(path)
        return None
    return token


def _read(path: Path) -> str | None:
    try:
        if path.stat().st_mode & _OTHERS:
            raise InvalidSetting(f"{path} can be read by others, who may have: chmod 600 {path}, or delete it.")
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"{path} can't be read: {error}.") from error


def _remove(path: Path) -> None:
    path.unlink()


def _write(path: Path, secret: str) -> None:
    """All of it or nothing, and never readable by others."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(handle)
        partial.replace(path)
    except OSError as error:
        raise InvalidSetting(f"{path} can't be written: {error}. Make room for it, or set SETPOINT_TOKEN.") from error
