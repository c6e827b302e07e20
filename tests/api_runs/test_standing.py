"""What /readyz goes by."""

import httpx

from setpoint.api.app import build
from setpoint.api.standing import Standing
from setpoint.errors import StorageFull
from setpoint.settings import Settings
from tests.api.service import Service, code

FULL = StorageFull("no room")


def test_a_service_that_drains_is_not_ready() -> None:
    front = build(Settings())
    service = Service(front)
    assert service.get("/readyz").status_code == 200

    front.standing.drain()

    refused: httpx.Response = service.get("/readyz")
    assert (refused.status_code, code(refused), refused.headers["retry-after"]) == (503, "draining", "1")
    assert service.get("/livez").status_code == 200


def test_a_full_disk_is_told_for_a_while_and_then_somebody_tries_again() -> None:
    now = 100.0
    standing = Standing(lambda: now)

    standing.committed(1, 0.01, FULL)

    assert isinstance(standing.refusal(), StorageFull)
    now += 10
    assert standing.refusal() is None


def test_a_write_that_succeeds_ends_it() -> None:
    standing = Standing(lambda: 100.0)
    standing.committed(1, 0.01, FULL)

    standing.committed(1, 0.01, None)

    assert standing.refusal() is None


def test_a_disk_with_next_to_no_room_is_told_before_a_write_finds_it() -> None:
    standing = Standing(lambda: 100.0)

    standing.room = lambda: 4096.0
    assert isinstance(standing.refusal(), StorageFull)
    standing.room = lambda: 1e9
    assert standing.refusal() is None


def test_what_is_alive_looks_at_nothing() -> None:
    front = build(Settings())
    front.standing.room = lambda: 1 / 0
    service = Service(front)

    assert service.get("/livez").status_code == 200
