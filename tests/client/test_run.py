"""A training's side of a run, against a service that comes and goes."""

import math
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest

import setpoint
from setpoint import EpochTooFar, Run, RunExistsDiffers, RunFinished, StaleAttempt, Unavailable, errors
from setpoint.client import call, contact, events
from setpoint.client.grant import Values
from setpoint.client.outage import Exhausted
from setpoint.client.place import Place
from setpoint.client.retry import Patience
from setpoint.client.transport import Transport
from setpoint.errors import InvalidRequest, MetricAwaited, NotFound, SetpointError
from setpoint.schedules.kinds import parse
from setpoint.testing import Service, service

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
PLATEAU = {"patience": 0, "factor": 0.5, "wait": True}
EXPECTED = [0.1] * 5 + [0.05] * 5 + [0.025] * 5


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "SLURM_JOB_ID", "SLURM_PROCID", "SLURM_NTASKS", "TORCHELASTIC_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def going() -> Generator[Service]:
    """A service that a test may take away."""
    with service() as found:
        yield found


def eventually(fact: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def train(run: Run, stop: int) -> list[float]:
    """Go through the epochs before `stop`."""
    return [run.lr(epoch) for epoch in range(stop)]


def told(transport: Transport, run: str, kind: str) -> list[dict[str, Any]]:
    """The events of that kind so far."""
    following = events.follow(transport, call.events(run), after="0")
    return [event.data for event in islice(following, _events(transport, run)) if event.kind == kind]


def _events(transport: Transport, run: str) -> int:
    """How many events there are: a change is made, and its id is the number."""
    transport.ask(call.change(run, {"op": "scale", "factor": 1, "reason": "mark"}, plan="*", key=os.urandom(8).hex()))
    return int(transport.ask(call.log(run)).body["changes"][-1]["id"])


def test_the_learning_rates_are_those_of_the_schedule(served: Service) -> None:
    with Run.join(served.url, "plain", schedule=STEP) as run:
        assert [run.lr(epoch) for epoch in range(15)] == EXPECTED
        assert (run.attempt, run.state, run.name, run.facts["unit"]) == (1, "ready", "plain", "epoch")


def test_a_schedule_may_be_an_object(served: Service) -> None:
    with Run.join(served.url, "object", schedule=parse(STEP)) as run:
        assert run.facts["schedule"] == STEP


def test_every_rank_joins_alike_and_is_given_the_same(served: Service) -> None:
    runs = [Run.join(served.url, "ranks", schedule=STEP, worker=f"rank{rank}") for rank in range(4)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(train, runs, [12] * 4)) == [EXPECTED[:12]] * 4
    for run in runs:
        run.close()


def test_a_change_reaches_all_ranks_at_one_epoch(served: Service) -> None:
    with (
        Run.join(served.url, "changed", schedule=STEP, worker="a") as first,
        Run.join(served.url, "changed", schedule=STEP, worker="b") as second,
    ):
        before = [first.lr(0), second.lr(0)]
        receipt = first.change("scale", factor=0.5, reason="too high")
        after = [[run.lr(epoch) for epoch in range(1, 4)] for run in (first, second)]

    assert before == [0.1, 0.1]
    assert receipt["effective_epoch"] == 2
    assert after == [[0.1, 0.05, 0.05]] * 2


def test_groups_and_hyperparameters_are_sealed_with_it(served: Service) -> None:
    settings: dict[str, Any] = {
        "groups": {"head": {"kind": "constant", "initial_lr": 1.0}},
        "hyperparameters": {"momentum": 0.9},
    }
    with Run.join(served.url, "groups", schedule=STEP, **settings) as run:
        assert run.groups(0) == {"head": 1.0}
        assert run.hyperparameters(1) == {"momentum": 0.9}


def test_a_run_of_another_schedule_is_refused_with_both_ways_out(served: Service) -> None:
    Run.join(served.url, "taken", schedule=STEP).close()

    with pytest.raises(RunExistsDiffers) as refusal:
        Run.join(served.url, "taken", schedule={**STEP, "gamma": 0.1})

    told = "".join(traceback.format_exception(refusal.value))
    assert "give this one a name of its own, or train on under taken in a new attempt: " in told
    assert "run = Run.join(url, 'taken'), without a schedule, and run.resume(epoch)" in told
    assert told.endswith("Choose a new name, or open a new attempt of that run: POST /v1/runs/{run}/attempts.\n")


def test_the_way_out_that_is_told_leads_out(served: Service) -> None:
    Run.join(served.url, "way-out", schedule=STEP).close()

    with Run.join(served.url, "way-out") as run:
        assert run.resume(0)["attempt"] == 2
        assert run.lr(0) == 0.1


def test_a_rerun_of_a_finished_run_is_refused_and_a_new_attempt_is_the_way_out(served: Service) -> None:
    first = Run.join(served.url, "rerun", schedule=STEP)
    first.lr(0)
    assert first.finish()

    with Run.join(served.url, "rerun", schedule=STEP) as again:
        with pytest.raises(RunFinished, match="a name of its own, or a new attempt"):
            again.lr(0)
        again.resume(0)
        assert (again.attempt, again.lr(0)) == (2, 0.1)


def test_who_goes_slower_may_end_after_the_run_is_finished(served: Service) -> None:
    with Run.join(served.url, "slower", schedule=STEP, worker="b") as slow:
        slow.lr(0)
        fast = Run.join(served.url, "slower", schedule=STEP, worker="a")
        train(fast, 2)
        fast.finish()

        assert slow.lr(1) == 0.1
        with pytest.raises(RunFinished):
            slow.lr(4)


def test_without_a_schedule_the_run_must_be_there(served: Service) -> None:
    with pytest.raises(NotFound):
        Run.join(served.url, "nobody")
    with pytest.raises(InvalidRequest, match="give its schedule"):
        Run.join(served.url, "nobody", unit="step")
    with pytest.raises(InvalidRequest, match="needs a name"):
        Run.join(served.url)
    with pytest.raises(InvalidRequest, match="on_outage is one of stall, plan, raise"):
        Run.join(served.url, "nobody", on_outage=cast(Any, "panic"))


def test_the_next_window_is_fetched_before_half_of_this_one_is_used(served: Service) -> None:
    with Run.join(served.url, "ahead", schedule=STEP, unit="step", max_lookahead=99) as run:
        for step in range(49):
            run.lr(step)
        time.sleep(0.1)
        assert run._held.grant is not None
        assert run._held.grant.stop == 100

        run.lr(49)

        eventually(lambda: run._held.grant is not None and run._held.grant.stop == 149)
        assert run._held.window[:2] == (49, 98)


def test_a_heartbeat_tells_how_far_the_worker_is(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "HEARTBEAT_SECONDS", 0.05)
    with Run.join(served.url, "beats", schedule=STEP, unit="step", max_lookahead=99, worker="a") as run:
        run.lr(0)
        run.lr(20)

        with Transport(run._contact.transport.place) as transport:
            eventually(lambda: transport.ask(call.workers("beats")).body["workers"][0]["epoch"] == 20)


def test_inside_the_grant_nothing_is_raised_with_the_service_gone(going: Service) -> None:
    with Run.join(going.url, "gone", schedule=STEP, unit="step", max_lookahead=99) as run:
        run.lr(0)
        going.stop()

        rates = [run.lr(step) for step in range(100)]

        assert rates[:15] == EXPECTED
        eventually(lambda: run.state == "stale")


def test_past_the_grant_it_stalls_until_the_service_is_back(going: Service) -> None:
    with Run.join(going.url, "stalls", schedule=STEP) as run:
        run.lr(1)
        going.stop()
        assert run.lr(2) == 0.1
        threading.Timer(0.5, going.start).start()

        assert run.lr(3) == 0.1
        assert run.state == "ready"


def test_who_waits_but_a_moment_sees_the_service_tried_meanwhile(going: Service) -> None:
    with Run.join(going.url, "brief", schedule=STEP, on_outage="raise", outage_seconds=0.9) as run:
        run.lr(0)
        going.stop()
        for _ in range(4):
            with pytest.raises(Unavailable):
                run.lr(2)
        going.start()

        assert run.lr(2) == 0.1


@pytest.mark.parametrize("on_outage", ["stall", "raise"])
def test_a_stall_has_an_end(on_outage: Any, going: Service) -> None:
    with Run.join(going.url, "ends", schedule=STEP, on_outage=on_outage, outage_seconds=0.3) as run:
        run.lr(0)
        going.stop()
        run.lr(1)

        with pytest.raises(Exhausted, match=r"no grant for epoch 2 of ends: .* can't be reached") as raised:
            run.lr(2)

        assert run.state == "exhausted"
        assert isinstance(raised.value, Unavailable)
        assert run.lr(1) == 0.1


def test_by_the_plan_it_goes_on_and_tells_the_service_when_it_is_back(going: Service) -> None:
    with Run.join(going.url, "planned", schedule=STEP, on_outage="plan", outage_seconds=0.2) as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        going.stop()
        rates = [run.lr(epoch) for epoch in range(1, 12)]
        began = time.monotonic()
        rates += [run.lr(epoch) for epoch in range(12, 15)]
        waited = time.monotonic() - began
        run.report(12, 0.5)

        assert rates == EXPECTED[1:]
        assert run.state == "exhausted"
        assert waited < 0.1, "it is known to be away"

        going.start()
        eventually(lambda: run.state == "ready" and run._held.own is None)
        with Transport(run._contact.transport.place) as transport:
            assert transport.ask(call.show("planned")).body["frontier"] >= 15
            eventually(lambda: [metric["epoch"] for metric in told(transport, "planned", "metric")] == [12])
            assert told(transport, "planned", "divergence") == []


def test_by_the_plan_hyperparameters_go_on_as_well(going: Service) -> None:
    settings: dict[str, Any] = {
        "groups": {"head": {**STEP, "initial_lr": 1.0}},
        "hyperparameters": {"momentum": {"kind": "linear", "initial_lr": 0.9, "final_lr": 0.5, "epochs": 10}},
    }
    with Run.join(
        going.url, "planned-momentum", schedule=STEP, on_outage="plan", outage_seconds=0.2, **settings
    ) as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        going.stop()
        run.lr(1)

        assert run.values(5) == Values(0.05, {"head": 0.5}, {"momentum": 0.7})

        going.start()
        eventually(lambda: run.state == "ready" and run._held.own is None)
        with Transport(run.place) as transport:
            assert transport.ask(call.look("planned-momentum", 5)).body["hyperparameters"] == {"momentum": 0.7}


def test_what_was_changed_meanwhile_is_told_as_a_divergence(going: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run.join(going.url, "parted", schedule=STEP, on_outage="plan", outage_seconds=1, worker="a") as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        late = Patience(deadline_seconds=math.inf, first_seconds=3600.0, most_seconds=3600.0)
        monkeypatch.setattr(contact, "_BETWEEN", late)  # it comes back when it is told to: another is first
        monkeypatch.setattr(contact, "drawn", lambda: 1.0)
        going.stop()
        own = [run.lr(epoch) for epoch in range(5)]
        going.start()
        with Transport(run._contact.transport.place) as transport:
            transport.ask(call.change("parted", {"op": "scale", "factor": 0.5, "reason": "x"}, plan="*", key="k"))
            with run.contact._called:
                run.contact._due = 0.0
                run.contact._called.notify()
            eventually(lambda: run.state == "ready" and run._held.own is None)
            (divergence,) = told(transport, "parted", "divergence")

    assert own == [0.1] * 5
    assert (divergence["worker"], divergence["start"]) == ("a", 2)
    assert (divergence["used"], divergence["sealed"]) == ([0.1] * 3, [0.05] * 3)


def test_a_worker_of_an_old_attempt_is_told_past_its_grant(served: Service) -> None:
    with (
        Run.join(served.url, "fenced", schedule=STEP, worker="a") as zombie,
        Run.join(served.url, "fenced", schedule=STEP, worker="b") as operator,
    ):
        train(zombie, 7)
        train(operator, 7)
        opened = operator.rollback(4, scale=0.1, reason="diverged")

        assert zombie.lr(7) == 0.05
        with pytest.raises(StaleAttempt) as told_so:
            zombie.lr(8)
        assert told_so.value.extra == {"attempt": 2, "from_epoch": 4}
        assert isinstance(zombie.fault, StaleAttempt)
        assert (opened["attempt"], operator.attempt) == (2, 2)
        assert operator.lr(4) == 0.010000000000000002
        with pytest.raises(StaleAttempt):
            zombie.lr(9)


def test_who_joins_after_a_rollback_belongs_to_the_new_attempt(served: Service) -> None:
    with Run.join(served.url, "joined-late", schedule=STEP, worker="a") as first:
        train(first, 7)
        first.rollback(4, reason="diverged")

        with Run.join(served.url, "joined-late", schedule=STEP, worker="b") as second:
            assert (second.attempt, second.lr(4)) == (2, 0.1)


def test_all_ranks_of_a_relaunch_share_one_attempt(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    with Run.join(served.url, "relaunched", schedule=STEP) as before:
        train(before, 7)
    ranks = [Run.join(served.url, "relaunched", schedule=STEP, worker=f"rank{rank}") for rank in range(3)]

    attempts = [rank.resume(4)["attempt"] for rank in ranks]
    rates = [[rank.lr(epoch) for epoch in range(4, 9)] for rank in ranks]

    assert attempts == [2, 2, 2]
    assert rates == [EXPECTED[4:9]] * 3
    for rank in ranks:
        rank.close()


def test_a_further_relaunch_is_a_further_attempt(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    with Run.join(served.url, "relaunched-again", schedule=STEP) as run:
        train(run, 7)
        assert run.resume(4)["attempt"] == 2
        assert run.resume(4)["attempt"] == 3
        assert run.resume(4, key="mine")["attempt"] == 4
        assert run.resume(4, key="mine")["attempt"] == 4


def test_ranks_that_nothing_tells_of_a_relaunch_need_a_key(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    with Run.join(served.url, "keyless", schedule=STEP) as run:
        with pytest.raises(InvalidRequest, match="give every rank the same key"):
            run.resume(0)

        assert run.resume(0, key="drawn-by-rank-0")["attempt"] == 2


def test_metrics_are_reported_in_the_background_nan_too(served: Service) -> None:
    with Run.join(served.url, "metrics", schedule=STEP, worker="a") as run:
        for epoch, value in enumerate([0.5, math.nan, -math.inf, 7]):
            run.lr(epoch)
            run.report(epoch, value, weight=2)
        assert run._contact.flush(10)

        with Transport(run._contact.transport.place) as transport:
            found = [
                (event["epoch"], event["value"], event["weight"]) for event in told(transport, "metrics", "metric")
            ]

    assert found == [(0, 0.5, 2.0), (1, "NaN", 2.0), (2, "-Infinity", 2.0), (3, 7.0, 2.0)]


def test_a_metric_that_is_none_ends_no_training(served: Service, caplog: pytest.LogCaptureFixture) -> None:
    with Run.join(served.url, "strange", schedule=STEP) as run:
        run.report(0, object())
        run.report(0, "high")
        run.report(-1, 0.5)
        run._contact.flush(10)

        assert run.lr(0) == 0.1

    assert caplog.text.count("can't be reported") == 2
    assert "was refused" in caplog.text


def test_metrics_of_an_outage_are_sent_when_it_is_over(going: Service) -> None:
    with Run.join(going.url, "kept", schedule=STEP, worker="a") as run:
        run.lr(0)
        going.stop()
        for epoch in range(3):
            run.report(epoch, 1 / (epoch + 1))
        going.start()

        assert run._contact.flush(10)


def test_a_rate_that_waits_for_the_others_metrics_waits(served: Service) -> None:
    ranks = [
        Run.join(served.url, "plateau", schedule=STEP, plateau={**PLATEAU, "reports": 2}, worker=f"rank{rank}")
        for rank in range(2)
    ]
    rates: list[float] = []
    for rank in ranks:
        rank.lr(0)
        rank.report(0, 1.0)
    waiting = threading.Thread(target=lambda: rates.extend(ranks[0].lr(epoch) for epoch in (1, 2)))
    for rank in ranks:
        assert rank.lr(1) == 0.1
    ranks[0].report(1, 2.0)
    waiting.start()
    time.sleep(0.2)
    assert rates == [0.1]

    ranks[1].report(1, 2.0)

    waiting.join(15)
    assert rates == [0.1, 0.05]
    for rank in ranks:
        rank.close()


def test_to_wait_for_others_has_an_end_too(served: Service) -> None:
    with Run.join(served.url, "alone", schedule=STEP, plateau=PLATEAU, wait_seconds=0.5) as run:
        run.lr(0)

        with pytest.raises(MetricAwaited):
            run.lr(1)


def test_the_fastest_waits_for_the_slowest(served: Service) -> None:
    settings: dict[str, Any] = {"schedule": STEP, "progress": "slowest", "workers": 2, "max_lookahead": 1}
    with (
        Run.join(served.url, "slowest", worker="a", **settings) as fast,
        Run.join(served.url, "slowest", worker="b", **settings) as slow,
    ):
        slow.lr(0)
        reached: list[int] = []

        def go() -> None:
            for epoch in range(5):
                fast.lr(epoch)
                reached.append(epoch)

        going = threading.Thread(target=go)
        going.start()
        time.sleep(0.3)
        ahead = list(reached)
        for epoch in range(1, 5):
            slow.lr(epoch)
        going.join(15)

    assert ahead[-1] < 4
    assert reached == [0, 1, 2, 3, 4]


def test_who_waits_for_others_does_not_ask_all_the_time(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"schedule": STEP, "progress": "slowest", "workers": 2, "max_lookahead": 0}
    with Run.join(served.url, "patient", worker="a", wait_seconds=1.0, **settings) as run:
        run.lr(0)
        asked: list[object] = []
        ask = run._contact.transport.ask

        def counted(sent: Any, patience: Any = None) -> Any:
            asked.append(sent)
            return ask(sent, patience)

        monkeypatch.setattr(run._contact.transport, "ask", counted)
        with pytest.raises(EpochTooFar):
            run.lr(1)

    assert 1 <= len(asked) < 30


def test_who_can_not_join_yet_is_told_and_joins_in_the_end(
    going: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("setpoint.client.join._QUIET_SECONDS", 0.2)
    going.stop()
    threading.Timer(0.6, going.start).start()

    with Run.join(going.url, "early", schedule=STEP) as run:
        assert run.lr(0) == 0.1

    assert "early can't be joined yet: " in caplog.text


def test_an_epoch_that_is_refused_is_refused_for_itself_alone(served: Service) -> None:
    with Run.join(served.url, "too-far", schedule=STEP) as run:
        with pytest.raises(EpochTooFar):
            run.lr(999)

        assert run.lr(0) == 0.1
        assert run.fault is None


def test_an_earlier_epoch_may_be_asked_for_again(served: Service) -> None:
    with Run.join(served.url, "earlier", schedule=STEP) as run:
        for epoch in range(8):
            run.lr(epoch)

        assert [run.lr(epoch) for epoch in (0, 7, 4)] == [0.1, 0.05, 0.1]


def test_threads_of_one_worker_are_given_the_same(served: Service) -> None:
    with Run.join(served.url, "threads", schedule=STEP) as run, ThreadPoolExecutor(8) as pool:
        rates = list(pool.map(train, [run] * 8, [10] * 8))

    assert rates == [EXPECTED[:10]] * 8


def test_a_window_is_given_to_who_trains_it_in_one_go(served: Service) -> None:
    settings: dict[str, Any] = {"unit": "step", "max_lookahead": 7, "groups": {"head": {**STEP, "initial_lr": 1.0}}}
    with Run.join(served.url, "window", schedule=STEP, **settings) as run:
        first = run.window(0, 4)
        run.change("scale", factor=0.5, reason="x")
        second = run.window(4, 8)

    assert [values.lr for values in first] == [0.1] * 4
    assert [values.lr for values in second] == [0.1, *[0.05] * 3, *[0.025] * 2, *[0.0125] * 2]
    assert second[-1].groups == {"head": 0.125}


def test_a_window_is_no_longer_than_a_grant(served: Service) -> None:
    with Run.join(served.url, "wide", schedule=STEP, max_lookahead=3) as run:
        assert len(run.window(0, 4)) == 4
        with pytest.raises(InvalidRequest, match=r"has 1 to 4 epochs, and not 5: create the run with max_lookahead=4"):
            run.window(1, 5)
        with pytest.raises(InvalidRequest, match="and not 0"):
            run.window(1, 0)


def test_a_window_goes_on_by_the_plan(going: Service) -> None:
    settings: dict[str, Any] = {"on_outage": "plan", "outage_seconds": 0.2, "max_lookahead": 5}
    with Run.join(going.url, "window-planned", schedule=STEP, **settings) as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        going.stop()

        assert [values.lr for values in run.window(4, 4)] == [0.1, 0.05, 0.05, 0.05]

        going.start()
        eventually(lambda: run.state == "ready" and run._held.own is None)
        with Transport(run.place) as transport:
            assert transport.ask(call.show("window-planned")).body["frontier"] >= 8
            assert told(transport, "window-planned", "divergence") == []


def test_threads_that_wait_do_not_wake_each_other(going: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run.join(going.url, "waking", schedule=STEP, outage_seconds=0.5) as run, ThreadPoolExecutor(2) as pool:
        run.lr(0)
        going.stop()
        tried: list[int] = []
        try_once = run.contact.tried

        def counted(epoch: int, *others: Any) -> Any:
            tried.append(epoch)
            return try_once(epoch, *others)

        monkeypatch.setattr(run.contact, "tried", counted)
        waiting = [pool.submit(run.lr, epoch) for epoch in (2, 3)]
        assert all(isinstance(each.exception(10), Exhausted) for each in waiting)

    assert 2 <= len(tried) < 100


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


def test_the_package_gives_the_run_and_every_error_by_name() -> None:
    assert setpoint.Run is Run
    assert all(getattr(setpoint, kind.__name__) is kind for kind in errors.kinds(SetpointError) if _is_own(kind))
    with pytest.raises(AttributeError, match="has no attribute 'Fault'"):
        _ = setpoint.Fault


def _is_own(kind: type[SetpointError]) -> bool:
    return kind.__module__ == errors.__name__


def test_to_import_the_package_or_join_a_run_needs_no_server_and_no_framework() -> None:
    program = (
        "import sys, setpoint; assert 'httpx' not in sys.modules; setpoint.Run;"
        "bad = {'numpy', 'httpx', 'fastapi', 'orjson', 'pydantic', 'setpoint.schedules'} & set(sys.modules);"
        "print(bad)"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)

    assert ended.stdout == "set()\n"


def test_a_notebook_shows_a_run_as_its_curve(served: Service) -> None:
    with Run.join(served.url, "shown", schedule=STEP) as run:
        run.lr(0)

        picture = run._repr_svg_()

    assert picture is not None
    assert picture.startswith("<svg ")
    assert ">shown</text>" in picture


def test_a_run_whose_service_is_gone_shows_itself_as_text(going: Service) -> None:
    with Run.join(going.url, "shown", schedule=STEP) as run:
        going.stop()

        assert run._repr_svg_() is None
        assert repr(run).startswith("<Run shown, attempt 1")
