"""The end of the process, wanted or not."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.api_runs.process import ENVIRONMENT, SETPOINT, Process, Run, stream

FAILING = Path(__file__).with_name("failing.py")


def test_a_signal_ends_open_streams_with_bye(tmp_path: Path) -> None:
    with Process(tmp_path) as service:
        run = Run(service.http, "r")
        with stream(service.http, f"{run.at}/events") as events, stream(service.http, "/v1/events") as all_events:
            run.check_in("a", 0)
            assert events.next().kind == "progress"
            assert all_events.next().kind == "progress"

            os.kill(service.pid, signal.SIGTERM)

            assert [event.kind for event in events.take(2)] == ["sealed", "bye"]
            assert [event.kind for event in all_events.take(2)] == ["sealed", "bye"]
        ended = service.ended()

    assert (ended.code, ended.errors) == (0, "")
    assert ended.seconds < 3


def test_a_signal_ends_it_within_the_grace_period_for_all_a_half_sent_body(tmp_path: Path) -> None:
    with Process(tmp_path, "--grace-seconds", "1") as service:
        Run(service.http, "r")
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            head = b"PUT /v1/runs/r/workers/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            client.sendall(head + b'Content-Length: 12\r\n\r\n{"epo')
            time.sleep(0.2)

            ended = service.end()

    assert ended.code == 0
    assert ended.seconds < 4


def test_a_request_that_waits_is_answered_at_the_end(tmp_path: Path) -> None:
    with Process(tmp_path) as service:
        Run(service.http, "r")
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(b"GET /v1/runs/r/lr?epoch=5&wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.2)

            ended = service.end()

            assert client.recv(65536).startswith(b"HTTP/1.1 409")
    assert ended.seconds < 3


def test_a_second_process_on_the_same_folder_says_who_has_it_and_does_not_start(tmp_path: Path) -> None:
    with Process(tmp_path) as service:
        command = [SETPOINT, "serve", "--port", "0", "--data", str(tmp_path)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, env=ENVIRONMENT)

        assert (second.returncode, second.stdout) == (2, "")
        assert second.stderr == (
            f"setpoint serve: process {service.pid} has {tmp_path}/setpoint.db.lock locked: "
            "two processes on one database would each seal their own values. "
            "Stop that one, or give this one another folder: --data\n"
        )


def test_a_file_of_something_else_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "setpoint.db").write_bytes(b"not a database, but long enough to be looked at" * 100)

    with Process(tmp_path) as service:
        ended = service.ended()

    assert ended.code == 2
    assert ended.errors.startswith(f"setpoint serve: {tmp_path}/setpoint.db can't be opened")
    assert ended.errors.count("\n") == 1


def test_a_store_that_fails_ends_the_process_with_an_error(tmp_path: Path) -> None:
    with Process(tmp_path, command=(sys.executable, str(FAILING))) as service:
        Run(service.http, "r")
        (tmp_path / "broken").touch()

        refused = Run(service.http, "s").created
        ended = service.ended()

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert ended.code == 1
    told = [line.partition("Z ")[2] or line for line in ended.errors.splitlines()]
    assert sorted(line.partition(":")[0] for line in told) == [
        "CRITICAL the store can't be trusted any more, so the service ends",
        "ERROR writes fail",
        "setpoint serve",
    ]
