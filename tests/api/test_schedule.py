"""Full schedules: GET and POST /v1/schedule."""

import socket
import struct
import tracemalloc
from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from setpoint.api.streams import Stream
from tests.api.service import FLAT, PATIENCE, STEP, Service, code, pointers, serving

service = Service()
COSINE = "kind=cosine&initial_lr=0.1&epochs=4"


def test_columns_are_json() -> None:
    answer = service.get(f"/v1/schedule?{FLAT}&start=3&stop=12&stride=4")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"start": 3, "stop": 12, "stride": 4, "lr": [0.1, 0.05, 0.025]}


def test_it_ends_at_the_natural_end() -> None:
    assert service.get(f"/v1/schedule?{COSINE}").json()["stop"] == 4


def test_without_a_natural_end_a_stop_is_asked_for() -> None:
    answer = service.get(f"/v1/schedule?{FLAT}")

    assert (answer.status_code, code(answer), pointers(answer)) == (422, "invalid-request", ["/stop"])


def test_a_stop_before_the_start_is_refused() -> None:
    assert pointers(service.get(f"/v1/schedule?{FLAT}&start=5&stop=4")) == ["/stop"]


def test_a_schedule_may_be_empty() -> None:
    assert service.get(f"/v1/schedule?{FLAT}&start=5&stop=5").json()["lr"] == []


def test_more_values_than_a_reply_has_are_refused() -> None:
    assert pointers(service.get(f"/v1/schedule?{FLAT}&stop=100000001")) == ["/stop"]
    assert service.get(f"/v1/schedule?{FLAT}&stop=100000001&stride=50000000").status_code == 200


@pytest.mark.parametrize(
    "query", ["start=+1", "stop=1.0", "stride=0", "stride=-1", "points=3", "points=65537", "format=xml"]
)
def test_what_does_not_say_which_epochs_is_refused(query: str) -> None:
    answer = service.get(f"/v1/schedule?{COSINE}&{query}")

    assert (answer.status_code, pointers(answer)) == (422, ["/" + query.partition("=")[0]])


def test_points_are_chosen_epochs() -> None:
    answer = service.get(f"/v1/schedule?{FLAT}&stop=1000000&points=100").json()

    assert 4 <= len(answer["epochs"]) <= 100
    assert answer["epochs"][0] == 0
    assert answer["epochs"][-1] == 999_999
    assert len(answer["lr"]) == len(answer["epochs"])


def test_of_the_kind_points_they_are_its_knots() -> None:
    answer = service.get("/v1/schedule?kind=points&points=0:0.5,4:0.25&stop=5&stride=2")

    assert answer.json()["lr"] == [0.5, 0.375, 0.25]


def test_points_and_a_stride_exclude_each_other() -> None:
    assert pointers(service.get(f"/v1/schedule?{FLAT}&stop=100&points=10&stride=2")) == ["/stride"]


def test_post_asks_the_same() -> None:
    answer = service.post("/v1/schedule", {"schedule": STEP, "start": 3, "stop": 12, "stride": 4})

    assert answer.content == service.get(f"/v1/schedule?{FLAT}&start=3&stop=12&stride=4").content


# Formats

FORMATS = {
    "json": ("application/json", b'{"start":0,"stop":2,"stride":1,"lr":[0.1,0.1]}'),
    "csv": ("text/csv; charset=utf-8", b"epoch,lr\n0,0.1\n1,0.1\n"),
    "ndjson": ("application/x-ndjson", b'{"epoch":0,"lr":0.1}\n{"epoch":1,"lr":0.1}\n'),
    "raw": ("application/octet-stream", struct.pack("<2d", 0.1, 0.1)),
}


@pytest.mark.parametrize(("name", "expected"), FORMATS.items())
def test_a_format_is_chosen_by_name_or_by_what_is_accepted(name: str, expected: tuple[str, bytes]) -> None:
    named = service.get(f"/v1/schedule?{FLAT}&stop=2&format={name}")
    accepted = service.get(f"/v1/schedule?{FLAT}&stop=2", accept=expected[0].partition(";")[0])

    assert (named.headers["content-type"], named.content) == expected
    assert (accepted.headers.raw, accepted.content) == (named.headers.raw, named.content)


def test_a_picture_is_svg() -> None:
    answer = service.get(f"/v1/schedule?{FLAT}&stop=30&format=svg")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg ")


def test_a_picture_is_png() -> None:
    answer = service.get(f"/v1/schedule?{FLAT}&stop=30", accept="image/png")

    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG\r\n")


def test_a_browser_that_loads_a_picture_gets_one() -> None:
    accept = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"

    assert service.get(f"/v1/schedule?{FLAT}&stop=30", accept=accept).headers["content-type"] == "image/svg+xml"


def test_nothing_can_t_be_drawn() -> None:
    assert pointers(service.get(f"/v1/schedule?{FLAT}&start=3&stop=3&format=svg")) == ["/stop"]


def test_an_unknown_format_says_which_there_are() -> None:
    answer = service.get(f"/v1/schedule?{FLAT}&stop=3", accept="text/html")

    assert (answer.status_code, code(answer)) == (406, "not-acceptable")
    assert "text/csv" in answer.json()["available"]


@pytest.mark.parametrize("query", ["stop=7", "stop=6&stride=2", "start=1&stop=6", "stop=6&format=csv"])
def test_an_etag_tells_questions_apart(query: str) -> None:
    etag = service.get(f"/v1/schedule?{FLAT}&stop=6").headers["etag"]

    assert service.get(f"/v1/schedule?{FLAT}&{query}").headers["etag"] != etag


def test_who_has_it_is_told_so_before_it_is_computed() -> None:
    address = f"/v1/schedule?{FLAT}&stop=100000000"
    etag = service.ask("HEAD", address).headers["etag"]

    assert service.get(address, if_none_match=etag).status_code == 304


def test_one_value_and_the_curve_agree_to_the_bit() -> None:
    raw = service.get("/v1/schedule?kind=cosine&initial_lr=0.1&epochs=1000&format=raw").content

    for epoch in (0, 1, 333, 999):
        lr = service.get(f"/v1/lr?kind=cosine&initial_lr=0.1&epochs=1000&epoch={epoch}").json()["lr"]
        assert struct.unpack_from("<d", raw, 8 * epoch) == (lr,)


# Streams


def test_a_million_points_arrive_whole() -> None:
    with serving() as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        answer = client.get("/v1/schedule?kind=cosine&initial_lr=0.1&epochs=1000000&format=raw")

    lr = np.frombuffer(answer.content, dtype="<f8")
    assert (len(lr), lr[0], lr[500_000]) == (1_000_000, 0.1, 0.05)


def test_ten_million_points_take_no_more_memory_than_one_block() -> None:
    chunks = Service().ask  # the imports of a first answer are not what is measured
    chunks("GET", f"/v1/schedule?{FLAT}&stop=20000&format=raw")
    size = 0

    async def swallow(message: dict[str, object]) -> None:
        nonlocal size
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        size += len(body)

    tracemalloc.start()
    try:
        run_to_the_end("kind=cosine&initial_lr=0.1&epochs=10000000&format=raw", swallow)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert size == 80_000_000
    assert peak < 5_000_000


def run_to_the_end(query: str, send: object) -> None:
    import asyncio

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/v1/schedule",
        "raw_path": b"/v1/schedule", "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8321),
    }  # fmt: skip

    async def once() -> None:
        forever = asyncio.Event()
        requested = False

        async def receive() -> dict[str, object]:
            nonlocal requested
            if requested:
                await forever.wait()
            requested = True
            return {"type": "http.request", "body": b"", "more_body": False}

        await service.app(scope, receive, send)  # type: ignore[arg-type]  # a send that takes plain dicts

    asyncio.run(once())


def test_others_are_served_while_a_stream_goes_on() -> None:
    endless = "/v1/schedule?kind=cosine&initial_lr=0.1&epochs=100000000"

    with (
        serving() as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client,
        client.stream("GET", endless) as stream,
    ):
        next(stream.iter_raw())

        assert httpx.get(f"http://127.0.0.1:{port}/livez", timeout=5).status_code == 200


def test_the_work_ends_when_the_client_is_gone() -> None:
    made: list[int] = []

    def chunks() -> Iterator[bytes]:
        for i in range(1_000_000):
            made.append(i)
            yield b"x" * 65536

    async def app(scope: object, receive: object, send: object) -> None:
        await Stream(chunks(), [])(scope, receive, send)  # type: ignore[arg-type]  # uvicorn's own are what Stream takes

    with serving(app) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.recv(1000)
        made_at_the_end = settled(made)

    assert made_at_the_end < 1_000


def settled(made: list[int]) -> int:
    """How many there are once there are no more after a while."""
    import time

    before = -1
    while before != len(made):
        before = len(made)
        time.sleep(0.2)
    return before


def test_a_value_that_can_t_be_served_is_a_problem_and_no_half_answer() -> None:
    grows = "kind=exponential&initial_lr=1&gamma=1.0000001"

    answer = service.get(f"/v1/schedule?{grows}&start=9007199254740981&stop=9007199254740991")

    assert code(answer) == "invalid-schedule"


def test_head_of_a_stream_does_no_more_than_its_beginning() -> None:
    answer = service.ask("HEAD", f"/v1/schedule?{FLAT}&stop=100000000")

    assert (answer.status_code, answer.content) == (200, b"")
    assert "content-length" not in answer.headers
