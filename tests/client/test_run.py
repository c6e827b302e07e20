"""A training's side of a run: joining it, and the learning rates that it gives."""

import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from setpoint import EpochTooFar, Run, RunExistsDiffers, RunFinished
from setpoint.client import call, contact
from setpoint.client.transport import Transport
from setpoint.errors import InvalidRequest, NotFound
from setpoint.schedules.kinds import parse
from setpoint.testing import Service
from tests.client.training import EXPECTED, STEP, eventually, train


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
