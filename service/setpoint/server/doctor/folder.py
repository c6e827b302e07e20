"""The folder that the store and the token are in: whose it is, and how much room there is."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from setpoint.server.doctor.finding import Finding, note, ok, wrong

LEAST_ROOM, LITTLE_ROOM = 64 * 2**20, 1024 * 2**20
_OTHERS, _OTHERS_WRITE = 0o077, 0o022


def folder(path: Path) -> Iterator[Finding]:
    """Its rights, and the room on its disk."""
    subject = f"folder {path}"
    try:
        found = path.stat()
    except FileNotFoundError:
        yield note(subject, "is not there", "`setpoint serve` makes it.")
        return
    except OSError as error:
        yield wrong(subject, f"can't be looked at: {error.strerror}", "Run this as the user who runs the service.")
        return
    if not stat.S_ISDIR(found.st_mode):
        yield wrong(subject, "is no folder", "Choose another: --data or SETPOINT_DATA.")
        return
    yield _rights(subject, path, found)
    yield _room(path)


def _rights(subject: str, path: Path, found: os.stat_result) -> Finding:
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        advice = f"Run as user {found.st_uid}, whose it is, or give it to this one: chown {os.geteuid()} {path}."
        return wrong(subject, f"can't be written by user {os.geteuid()}", advice)
    if found.st_mode & _OTHERS_WRITE:
        return wrong(subject, "may be written by other users, who could put another store there", _closing(path, 700))
    if found.st_mode & _OTHERS:
        return note(subject, "may be read by other users", _closing(path, 700))
    return ok(subject, f"is for user {found.st_uid} alone")


def _room(path: Path) -> Finding:
    subject, free = "disk", shutil.disk_usage(path).free
    detail = f"has {free / 2**30:.1f} GB free where {path} is"
    if free < LEAST_ROOM:
        advice = "Make room: without any, sealed epochs are still answered, and nothing new is sealed."
        return wrong(subject, detail, advice)
    if free < LITTLE_ROOM:
        return note(subject, detail, "Make room before there is none.")
    return ok(subject, detail)


def secret(path: Path) -> Iterator[Finding]:
    """The file with a token, if there is one: nobody else may read it."""
    subject = f"token file {path}"
    try:
        found = path.stat()
    except OSError:
        return
    if found.st_mode & _OTHERS:
        yield wrong(subject, "may be read by other users", _closing(path, 600))
    elif not os.access(path, os.R_OK):
        yield wrong(subject, f"is user {found.st_uid}'s, and this is user {os.geteuid()}", "Run as that user.")
    else:
        yield ok(subject, f"is for user {found.st_uid} alone")


def _closing(path: Path, mode: int) -> str:
    return f"Close it: chmod {mode} {path}."
