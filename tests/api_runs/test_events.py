"""Watching: ids without a gap, the past replayed, heartbeats, and nobody slowed down."""

import json
from collections.abc import Callable

import httpx
import pytest

from tests.api_runs.problem import Problem, problem
from tests.api_runs.process import Process, Run, stream

Create = Callable[..., Run]


def test_a_watcher_is_told_what_happens_from_now_on(run: Run) -> None:
    run.check_in("a", 0)

    with stream(run.http, f"{run.at}/events") as events:
        run.check_in("a", 1)
        run.change("scale", factor=0.5)
        told = events.take(3)

    assert [event.kind for event in told] == ["progress", "sealed", "change"]
    assert [int(event.id or 0) for event in told] == [4, 5, 6]
    change = json.loads(told[2].data)
    assert (change["effective_epoch"], change["lr_before"], change["lr_after"]) == (2, 0.1, 0.05)
    assert (change["run"], change["id"], change["actor"]) == (run.at.removeprefix("/v1/runs/"), 6, "127.0.0.1")


def test_who_comes_back_is_told_what_it_missed(run: Run) -> None:
    for epoch in range(5):
        run.check_in("a", epoch)

    with stream(run.http, f"{run.at}/events", last_event_id="3") as events:
        missed = events.take(8)
        run.check_in("a", 5)
        live = events.take(2)

    assert [int(event.id or 0) for event in missed + live] == list(range(4, 14))


def test_the_first_event_of_all_is_the_creation(run: Run) -> None:
    with stream(run.http, f"{run.at}/events?after=0") as events:
        assert events.next()[:2] == ("1", "created")


def test_a_past_that_is_not_here_is_a_reset_and_the_end(run: Run) -> None:
    with stream(run.http, f"{run.at}/events", last_event_id="99") as events:
        assert events.next() == (None, "reset", "{}")
        with pytest.raises(EOFError):
            events.next()


@pytest.mark.parametrize("after", ["x", "-1", "+1", "01", ""])
def test_an_id_that_is_none_is_refused(after: str, run: Run) -> None:
    assert problem(run.get(f"/events?after={after}")) == Problem(422, "invalid-request", ["/after"])


def test_all_runs_are_watched_by_a_cursor(new: Create) -> None:
    first, second = new(), new()

    with stream(first.http, "/v1/events") as events:
        first.check_in("a", 0)
        second.check_in("a", 0)
        told = events.take(4)
    with stream(first.http, "/v1/events", last_event_id=told[1].id or "") as events:
        again = events.take(2)

    assert [json.loads(event.data)["run"] for event in told] == 2 * [first.at[9:]] + 2 * [second.at[9:]]
    assert again == told[2:]


def test_a_cursor_that_was_never_given_out_is_a_reset(http: httpx.Client) -> None:
    with stream(http, "/v1/events?after=nonsense") as events:
        assert events.next().kind == "reset"


def test_a_stream_says_when_to_come_back_and_is_not_to_be_stored(run: Run) -> None:
    with run.http.stream("GET", f"{run.at}/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        retry = next(answer.iter_lines())

    assert 500 <= int(retry.removeprefix("retry: ")) <= 3000


def test_a_run_that_is_not_there_can_not_be_watched(http: httpx.Client) -> None:
    assert problem(http.get("/v1/runs/nobody/events")) == Problem(404, "not-found")


def test_watchers_are_counted_while_they_watch(service: Process, run: Run) -> None:
    with stream(run.http, f"{run.at}/events"):
        assert metrics(service)["setpoint_watchers"] >= 1

    with stream(run.http, f"{run.at}/events?after=99") as events:
        events.next()
    assert metrics(service)['setpoint_watchers_dropped_total{reason="unknown"}'] >= 1


def test_what_happens_to_runs_is_counted(service: Process, run: Run) -> None:
    before = metrics(service)
    grant = run.check_in("a", 0, lookahead=1).json()["grant"]
    run.change("scale", factor=0.5)
    held = {name: grant[name] for name in ("start", "stop", "incarnation")} | {"digest": "other"}
    run.check_in("a", 1, held=held)

    after = metrics(service)

    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown["setpoint_seals_total"] == 2
    assert grown['setpoint_changes_total{op="scale"}'] == 1
    assert grown["setpoint_history_diverged_total"] == 1
    assert grown["setpoint_commit_seconds_count"] == grown["setpoint_commit_group_size_count"] == 2
    assert after['setpoint_durability_info{level="power-loss"}'] == 1
    assert after["setpoint_incarnation"] == 1


def test_a_head_of_a_stream_leaves_no_watcher_behind(service: Process, new: Create) -> None:
    run = new()
    before = metrics(service)["setpoint_watchers"]

    assert run.http.head(f"{run.at}/events").status_code == 200

    assert metrics(service)["setpoint_watchers"] <= before


def metrics(service: Process) -> dict[str, float]:
    lines = service.http.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_info_tells_where_runs_are_kept(http: httpx.Client) -> None:
    info = http.get("/v1/info").json()

    assert (info["engine"], info["durability"]) == ("sqlite", "power-loss")
