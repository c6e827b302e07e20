"""Each metric that is promised is there under its name, and moves when it should."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from setpoint import __version__
from setpoint.api.standing import Standing
from setpoint.errors import StorageFull
from setpoint.journal.sqlite.journal import opened
from tests.api_access.guarded import Guarded
from tests.api_runs.process import Process, Run, stream
from tests.cli.shell import run as typed
from tests.coordination.runs import within
from tests.operations.served import NAMES, Samples, samples, scraped

Act = Callable[[Run], object]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Process]:
    with Process(tmp_path_factory.mktemp("data")) as process:
        yield process


def unknown(run: Run) -> None:
    """A watcher that comes with an id that no event has is sent away."""
    with stream(run.http, f"{run.at}/events", last_event_id="999") as events:
        assert events.next().kind == "reset"


HELD = {"start": 0, "stop": 1, "digest": "0" * 32, "incarnation": 1}
MOVES: dict[str, Act] = {
    "setpoint_http_requests_total": lambda run: run.get(),
    "setpoint_http_request_duration_seconds": lambda run: run.get(),
    "setpoint_seals_total": lambda run: run.check_in("w0", 0),
    "setpoint_commit_seconds": lambda run: run.check_in("w0", 0),
    "setpoint_commit_group_size": lambda run: run.check_in("w0", 0),
    "setpoint_changes_total": lambda run: run.change("scale", factor=0.5),
    "setpoint_change_wait_epochs": lambda run: run.change("scale", factor=0.5),
    "setpoint_watchers_dropped_total": unknown,
    "setpoint_history_diverged_total": lambda run: run.check_in("w0", 0, held=HELD),
}


@pytest.mark.parametrize("name", MOVES)
def test_it_rises_when_it_happens_and_only_then(name: str, service: Process) -> None:
    run = Run(service.http, name.replace("_", "-"))
    before = scraped(service.http)
    idle = scraped(service.http)
    MOVES[name](run)
    after = scraped(service.http)

    assert after.of(name) > idle.of(name)
    assert name.startswith("setpoint_http") or idle.of(name) == before.of(name)


def test_requests_are_counted_by_the_template_of_their_route(service: Process) -> None:
    run = Run(service.http, "templates")
    run.get("/lr?epoch=99&attempt=7")
    service.http.get("/no/such/place")

    found = scraped(service.http)

    route = "/v1/runs/{run}/workers/{worker}"
    assert found.labelled("setpoint_http_requests_total", route="none", method="GET", code="404") >= 1
    before = found.labelled("setpoint_http_requests_total", route=route, method="PUT", code="200")
    run.check_in("w0", 0)
    after = scraped(service.http).labelled("setpoint_http_requests_total", route=route, method="PUT", code="200")
    assert after == before + 1


def test_changes_are_counted_by_what_they_do(service: Process) -> None:
    run = Run(service.http, "ops")
    before = scraped(service.http).labelled("setpoint_changes_total", op="hold")

    run.change("hold")

    assert scraped(service.http).labelled("setpoint_changes_total", op="hold") == before + 1


def test_who_watches_is_counted_while_watching(service: Process) -> None:
    run = Run(service.http, "watched")
    with stream(run.http, f"{run.at}/events") as events:
        run.check_in("w0", 0)
        events.next()
        assert scraped(service.http).of("setpoint_watchers") == 1


def test_a_wrong_token_is_counted(tmp_path: Path) -> None:
    with Guarded(tmp_path / "data") as guarded:
        before = scraped(guarded.http, **guarded.admin.headers).of("setpoint_auth_failures_total")
        guarded.http.get("/v1/runs", headers={"Authorization": "Bearer sp_wrong"})
        after = scraped(guarded.http, **guarded.admin.headers).of("setpoint_auth_failures_total")

    assert (before, after) == (0, 1)


def test_the_incarnation_rises_with_a_restore(tmp_path: Path) -> None:
    found = list[float]()
    for _ in range(2):
        with Process(tmp_path) as process:
            found.append(scraped(process.http).of("setpoint_incarnation"))
            process.end()
        assert typed(f"restore --data {tmp_path}").code == 0

    assert found == [1, 2]


def told(standing: Standing) -> Samples:
    registry = CollectorRegistry()
    registry.register(standing)
    return samples(generate_latest(registry).decode())


def test_a_commit_that_fails_is_counted_by_its_kind(tmp_path: Path) -> None:
    async def scenario() -> Samples:
        standing = Standing()
        standing.journal = await opened(tmp_path / "setpoint.db")
        standing.committed(3, 0.01, StorageFull("no room"))
        await standing.journal.close()
        return told(standing)

    assert within(10, scenario).labelled("setpoint_storage_errors_total", kind="storage-full") == 1


def test_what_runs_and_what_writes_survive_is_told(service: Process) -> None:
    found = scraped(service.http)

    assert [dict(labels)["version"] for name, labels in found if name == "setpoint_build_info"] == [__version__]
    assert found.labelled("setpoint_durability_info", level="power-loss") == 1


def test_every_name_is_served_from_the_start_and_no_label_is_of_a_run(tmp_path: Path) -> None:
    with Process(tmp_path) as process:
        fresh = process.http.get("/metrics").text
        told_of = {line.split()[2] for line in fresh.splitlines() if line.startswith("# TYPE setpoint_")}
        for i in range(30):
            run = Run(process.http, f"run-{i}")
            run.check_in(f"worker-{i}", 0)
            run.change("scale", factor=0.5)
        busy = process.http.get("/metrics").text

    assert told_of == set(NAMES)
    assert all(labels <= NAMES[name] for name, labels in samples(busy).names.items()), samples(busy).names
    assert "run-1" not in busy
    assert "worker-1" not in busy
