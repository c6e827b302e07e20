"""A service whose database is out of reach, or comes back as another life of itself."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from proof.link import link
from setpoint.server import upkeep
from tests.api_runs.process import ANY_PLAN, Process, Run
from tests.postgres.server import server
from tests.upkeep.stores import filled, on_postgres
from tests.upkeep.test_disaster import until


def test_what_was_sealed_is_answered_without_the_database_though_a_write_has_failed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with link(server().port) as between:
            url = server().database().replace(f":{server().port}/", f":{between.port}/")
            service = await asyncio.to_thread(Process, tmp_path, "--database-url", url)
            run = await asyncio.to_thread(Run, service.http, "mnist")
            await asyncio.to_thread(run.check_in, "w0", 0)
        with service:
            sealed = await asyncio.to_thread(run.get, "/lr?epoch=0&attempt=1")
            refused = await asyncio.to_thread(run.check_in, "w0", 1)
            again = [await asyncio.to_thread(run.get, f"/lr?epoch=0{which}") for which in ("&attempt=1", "")]

        assert refused.status_code == 503
        assert [each.status_code for each in (sealed, *again)] == [200, 200, 200]
        assert [each.json()["lr"] for each in (sealed, *again)] == [0.1, 0.1, 0.1]

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_an_attempt_that_was_lost_leaves_nothing_to_one_that_gets_its_number(tmp_path: Path) -> None:
    settings = filled(on_postgres(tmp_path), "mnist")
    name = settings.store.rpartition("/")[2]
    server().does("postgres", f"CREATE DATABASE {name}_monday TEMPLATE {name}")
    with Process(tmp_path, "--database-url", settings.store) as service:
        assert second(service.http, 0.5) == 0.05

        server().does("postgres", f"DROP DATABASE {name} WITH (FORCE)")
        server().does("postgres", f"CREATE DATABASE {name} TEMPLATE {name}_monday")
        asyncio.run(upkeep.reborn(settings))
        until(lambda: service.http.get("/v1/info").json()["incarnation"] == 2)

        assert second(service.http, 0.25) == 0.025


def second(http: httpx.Client, factor: float) -> Any:
    """The learning rate of an epoch of attempt 2, which is opened with that change: sealed, and looked at."""
    at, change = "/v1/runs/mnist", {"op": "scale", "factor": factor, "reason": "a test"}
    opened = http.post(f"{at}/attempts", json={"from_epoch": 1, "changes": [change]}, headers=ANY_PLAN)
    assert opened.json()["attempt"] == 2
    assert http.put(f"{at}/workers/w0", json={"epoch": 1, "attempt": 2}).status_code == 200
    return http.get(f"{at}/lr?epoch=1&attempt=2").json()["lr"]
