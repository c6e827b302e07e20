"""All of it, from the folder to the service."""

from collections.abc import Callable, Iterator

from setpoint.journal.sqlite.lock import holder
from setpoint.server.doctor.finding import Finding
from setpoint.server.doctor.folder import folder, secret
from setpoint.server.doctor.kept import kept
from setpoint.server.doctor.running import running
from setpoint.settings import TOKEN_FILE, Settings


def visit(settings: Settings, url: str, progress: Callable[[int], None]) -> Iterator[Finding]:
    """What is found, one after the other. Nothing is changed, and a running service is not disturbed."""
    where = settings.data if settings.file is None else settings.file.parent
    if settings.file is not None or where.exists():
        yield from folder(where)
    yield from secret(settings.data / TOKEN_FILE)
    yield from kept(settings, progress)
    yield from running(url, expected=settings.file is not None and bool(holder(settings.file)))
