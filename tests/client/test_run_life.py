"""What a run leaves behind: when it is pickled, forked, closed or dropped, and on disk."""

import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from setpoint import Run, Unavailable
from setpoint.client import call
from setpoint.client.outage import Exhausted
from setpoint.client.place import Place
from setpoint.client.retry import Patience
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.client.training import EXPECTED, STEP, eventually


def test_a_pickled_run_is_the_same_worker_with_its_grant_and_no_secret(going: Service) -> None:
    with Run.join(going.url, "pickled", schedule=STEP, worker="a", token="secret") as run:
        run.lr(0)
        pickled = pickle.dumps(run)
        going.stop()

        with pickle.loads(pickled) as other:
            assert (other.name, other.worker, other.attempt) == ("pickled", "a", 1)
            assert other.lr(1) == 0.1

    assert b"secret" not in pickled


def test_its_state_is_of_primitives(served: Service) -> None:
    with Run.join(served.url, "state", schedule=STEP) as run:
        run.lr(0)
        run.lr(1)

        assert run.state_dict() == {"run": "state", "attempt": 1, "epoch": 1}


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # that it has threads is the point
def test_a_forked_process_goes_on_by_itself(served: Service) -> None:
    with Run.join(served.url, "forked", schedule=STEP) as run:
        run.lr(0)
        child = os.fork()
        if child == 0:
            os._exit(0 if [run.lr(epoch) for epoch in range(10)] == EXPECTED[:10] else 1)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 0
        assert [run.lr(epoch) for epoch in range(10)] == EXPECTED[:10]


def test_it_leaves_no_thread_and_no_socket_behind(served: Service) -> None:
    run = Run.join(served.url, "tidy", schedule=STEP)
    run.lr(0)
    assert _threads()
    eventually(lambda: run._contact.transport._connections.idle)

    run.close()
    run.close()

    assert not _threads()
    assert not run._contact.transport._connections.idle
    assert run.lr(1) == 0.1
    with pytest.raises(Exhausted, match="it was closed"):
        run.lr(2)


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "setpoint-run"]


def test_who_is_kept_waiting_by_the_service_is_let_go_when_the_connections_close() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = Transport(Place(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(transport.ask, call.show("r"), Patience(deadline_seconds=60, try_seconds=60, tries=1))
            eventually(lambda: transport._connections._lent)

            transport.close()

            assert isinstance(asking.exception(10), Unavailable)
    assert not transport._connections.idle


def test_a_run_that_nobody_holds_any_more_closes_itself(served: Service) -> None:
    run = Run.join(served.url, "dropped", schedule=STEP)
    run.lr(0)

    del run

    eventually(lambda: not _threads())


def test_a_worker_that_closes_has_left(served: Service) -> None:
    with (
        Run.join(served.url, "left", schedule=STEP, worker="a") as stays,
        Run.join(served.url, "left", schedule=STEP, worker="b") as leaves,
    ):
        stays.lr(0)
        leaves.lr(0)
        leaves.close()
        with Transport(stays._contact.transport.place) as transport:
            assert [worker["worker"] for worker in transport.ask(call.workers("left")).body["workers"]] == ["a"]


def test_a_program_that_just_ends_ends_at_once(served: Service) -> None:
    program = f"from setpoint import Run; run = Run.join({served.url!r}, 'ended', schedule={STEP!r}); print(run.lr(0))"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)

    assert (ended.stdout, ended.stderr) == ("0.1\n", "")


def test_a_grant_on_disk_is_trained_on_before_the_service_answers(going: Service, tmp_path: Path) -> None:
    file = tmp_path / "grant"
    with Run.join(going.url, "shelved", schedule=STEP, worker="a", grant_file=file) as run:
        run.lr(0)
        eventually(file.exists)
    going.stop()

    began = time.monotonic()
    with Run.join(going.url, "shelved", schedule=STEP, worker="a", grant_file=file, outage_seconds=0.2) as again:
        assert [again.lr(0), again.lr(1)] == [0.1, 0.1]
        assert (again.state, again.facts["unit"], again.facts["schedule"]) == ("stale", "epoch", STEP)
        assert time.monotonic() - began < 8
        with pytest.raises(Exhausted):
            again.lr(2)


def test_without_a_grant_on_disk_a_service_that_is_gone_is_told_of(going: Service) -> None:
    going.stop()

    with pytest.raises(Unavailable):
        Run.join(going.url, "absent", schedule=STEP, on_outage="raise", outage_seconds=0.3)


def test_a_run_that_can_not_be_finished_is_done_all_the_same(going: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.join(going.url, "unfinished", schedule=STEP)
    run.lr(0)
    going.stop()
    monkeypatch.setattr("setpoint.client.run._FINISH", Patience(deadline_seconds=0.2))

    assert run.finish() is False
    assert not _threads()


def test_its_events_begin_with_what_happens_next(served: Service) -> None:
    with Run.join(served.url, "events", schedule=STEP) as run:
        happens = run.events()
        run.change("hold", reason="x")

        event = next(happens)
        happens.close()

    assert (event.kind, event.data["op"]) == ("change", "hold")


def test_who_follows_its_events_is_let_go_when_it_closes(served: Service) -> None:
    run = Run.join(served.url, "let-go", schedule=STEP)
    heard: list[str] = []
    following = threading.Thread(target=lambda: heard.extend(event.kind for event in run.events(after="0")))
    following.start()
    eventually(lambda: heard == ["created"])

    run.close()

    following.join(10)
    assert not following.is_alive()
