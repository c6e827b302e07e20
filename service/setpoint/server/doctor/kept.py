"""The store: who has it, whether all of it is as it was written, and which runs are frozen."""

import asyncio
from collections.abc import Callable, Iterator

from setpoint.errors import SetpointError
from setpoint.journal.sqlite.lock import holder
from setpoint.journal.upkeep import Examined
from setpoint.server import upkeep
from setpoint.server.doctor.finding import Finding, note, ok, wrong
from setpoint.settings import Settings

LONG_LOG = 256 * 2**20
_RESTORE = "Restore a backup (`setpoint restore`). Until then nothing of it is served or sealed; the others go on."
_FROZEN = (
    "The store was restored, and may lack what was sealed last: stop the run's workers, then open a new attempt, "
    "`setpoint rollback {run} --to EPOCH --reason TEXT`, at a checkpoint no later than epoch {frontier}."
)


def kept(settings: Settings, progress: Callable[[int], None]) -> Iterator[Finding]:
    """All of it is looked through: a minute for some hundred thousand runs."""
    subject = "store"
    if settings.file is not None:
        if not settings.file.exists():
            yield note(subject, f"there is no {settings.file}", "`setpoint serve` makes it.")
            return
        yield _holder(settings)
        yield from _log(settings)
    try:
        found = asyncio.run(upkeep.verify(settings, progress))
    except SetpointError as refusal:
        yield wrong(subject, str(refusal), refusal.advice)
        return
    yield from _examined(found)


def _holder(settings: Settings) -> Finding:
    assert settings.file is not None
    process = holder(settings.file)
    return ok("process", f"{process} has the store" if process else "none has the store")


def _log(settings: Settings) -> Iterator[Finding]:
    """A log that is never moved into the file makes every start and every read slower."""
    assert settings.file is not None
    log = settings.file.with_name(f"{settings.file.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LONG_LOG:
        yield note("log", f"{log} has {size / 2**20:.0f} MB", "End what reads the store for hours, then restart it.")


def _examined(found: Examined) -> Iterator[Finding]:
    detail = f"{found.runs} runs with {found.events} events, in life {found.incarnation} of the store"
    if found.flaws:
        yield wrong("store", f"{len(found.flaws)} flaws in {detail}", "Each is named below.")
    else:
        yield ok("store", f"{detail}: all as they were written")
    for flaw in found.flaws:
        yield wrong(flaw.where, flaw.detail, _RESTORE)
    for each in found.frozen:
        detail = f"frozen at epoch {each.frontier} of attempt {each.attempt}"
        yield wrong(f"run {each.run}", detail, _FROZEN.format(run=each.run, frontier=each.frontier))
