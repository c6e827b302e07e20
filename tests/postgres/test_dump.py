"""A store that pg_dump wrote out and pg_restore brought back is whole, and another life of it."""

import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from setpoint.coordination.ports import Journal
from setpoint.errors import HistoryDiverged
from setpoint.server import upkeep
from setpoint.settings import Settings
from tests.cli.shell import run as typed
from tests.coordination.runs import check_in, coordinator, within
from tests.postgres.server import Server, binaries, server
from tests.upkeep.stores import filled, journal, on_postgres, verified


@pytest.fixture
def elsewhere() -> Generator[Server]:
    """Another server."""
    found = Server.made()
    found.start()
    yield found
    found.removed()


def dumped(settings: Settings, folder: Path) -> Path:
    """The store, as its administrator dumps it."""
    file = folder / "setpoint.dump"
    made: list[str | Path] = [binaries() / "pg_dump", "--format=custom", f"--file={file}", settings.store]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    return file


def brought_back(file: Path, database: str, folder: Path) -> Settings:
    """The store, as its administrator restores it, into that empty database."""
    made: list[str | Path] = [binaries() / "pg_restore", "--exit-on-error", f"--dbname={database}", file]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    return Settings(data=folder, database_url=database)


def rates(settings: Settings) -> list[object]:
    """What epochs 0 to 2 of each run are answered with; each run refuses to seal the next."""

    async def scenario() -> list[object]:
        store: Journal = await journal(settings)
        runs, found = coordinator(store), list[object]()
        try:
            for name in ("mnist", "vit"):
                for epoch in range(3):
                    outcome = await runs.handle(name, check_in(epoch), actor="w0")
                    found += outcome.run.attempt.sealed.values(0, epoch, epoch + 1)
                with pytest.raises(HistoryDiverged, match="the store was restored since attempt 1 began"):
                    await runs.handle(name, check_in(3), actor="w0")
        finally:
            await store.close()
        return found

    return within(60, scenario)


def test_a_dump_that_was_brought_back_is_whole_and_begins_another_life_when_it_is_said(tmp_path: Path) -> None:
    original = filled(on_postgres(tmp_path), "mnist", "vit")
    file = dumped(original, tmp_path)

    copy = brought_back(file, server().database(), tmp_path)
    told = typed(f"restore --database-url {copy.store}")

    assert told.code == 0, told.err
    assert "2 runs with 16 events; this is life 2 of the store" in told.out
    assert "frozen: mnist, sealed before epoch 3 of attempt 1" in told.out
    assert verified(copy).flaws == ()
    assert rates(copy) == [0.1] * 6


def test_on_another_server_it_is_another_life_though_nobody_says_so(tmp_path: Path, elsewhere: Server) -> None:
    original = filled(on_postgres(tmp_path), "mnist", "vit")
    file = dumped(original, tmp_path)

    copy = brought_back(file, elsewhere.database(), tmp_path)

    assert rates(copy) == [0.1] * 6
    assert (verified(original).incarnation, verified(copy).incarnation) == (1, 2)


def test_the_audit_log_goes_on_across_the_dump(tmp_path: Path) -> None:
    original = filled(on_postgres(tmp_path), "mnist")
    export = tmp_path / "audit.ndjson"

    async def exported() -> list[bytes]:
        return [line async for line in upkeep.audit(original, everything=True)]

    export.write_bytes(b"".join(within(30, exported)))
    copy = brought_back(dumped(original, tmp_path), server().database(), tmp_path)
    told = typed(f"audit verify --against {export} --database-url {copy.store}")

    assert (told.code, "all as they were written" in told.out) == (0, True), told.err
