"""A service whose database is gone says so to load balancers, and lives on until it is back."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.api.service import code
from tests.postgres.server import Server
from tests.postgres.test_serve import replica


def until(answers: Callable[[], httpx.Response], status: int) -> httpx.Response:
    deadline = time.monotonic() + 60
    while (answer := answers()).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    return answer


def test_it_is_ready_while_its_database_answers_and_alive_all_the_while(tmp_path: Path) -> None:
    server = Server.made()
    with ExitStack() as stack:
        stack.callback(server.removed)
        server.start()
        service = replica(stack, server.database(), tmp_path)
        assert service.http.get("/readyz").status_code == 200

        server.kill()

        refused = until(lambda: service.http.get("/readyz"), 503)
        assert (code(refused), refused.headers["retry-after"]) == ("unavailable", "1")
        assert service.http.get("/livez").status_code == 200

        server.start()

        until(lambda: service.http.get("/readyz"), 200)
