"""`RemoteLR` in trainings of several processes, on gloo."""

import random
import shutil
import signal
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.run import Run
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.frameworks.adaptors import rank as ranks
from tests.frameworks.adaptors.ranks import Launcher, Team, eventually, launcher, rates, split

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
CONSTANT = {"kind": "constant"}
EXPECTED = dict(enumerate([0.1] * 5 + [0.05] * 5 + [0.025] * 5 + [0.0125] * 5))


@pytest.fixture
def launching() -> Generator[Launcher]:
    with launcher() as found:
        yield found


def remote(service: Service, run: str, **settings: Any) -> dict[str, Any]:
    return {"url": service.url, "run": run, "schedule": STEP, **settings}


def shown(service: Service, run: str) -> Any:
    with Transport(Place(service.url)) as transport:
        return transport.ask(call.show(run)).body


def first(updates: int) -> dict[int, float]:
    return {epoch: EXPECTED[epoch] for epoch in range(updates)}


def ends(team: Team) -> list[str]:
    team.await_end()
    ended = [team.end(rank) for rank in range(team.job.ranks)]
    print(ended)
    return [line["end"] for line in ended]


@pytest.mark.parametrize("asks", ["one", "every"])
def test_all_ranks_train_alike(asks: str, launching: Launcher, served: Service) -> None:
    team = launching.launch(3, 12, remote(served, f"alike-{asks}", asks=asks))

    assert ends(team) == ["done"] * 3
    assert [rates(team.updates(rank)) for rank in range(3)] == [first(12)] * 3
    assert split(team) == []
    assert shown(served, f"alike-{asks}")["state"] == "finished"


def test_one_rank_asks_and_the_rest_are_told(launching: Launcher, served: Service) -> None:
    team = launching.launch(2, 20, remote(served, "asked"), pause_seconds=0.05)
    team.await_update(2)
    with Transport(Place(served.url)) as transport:
        there = [worker["worker"] for worker in transport.ask(call.workers("asked")).body["workers"]]

    assert ends(team) == ["done"] * 2
    assert there == ["rank0"]


def test_changes_at_random_moments_never_split_the_replicas(launching: Launcher, served: Service) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    settings = remote(served, "halved", unit="step", max_lookahead=3, schedule=CONSTANT)
    team = launching.launch(4, 150, settings, pause_seconds=0.005)
    team.await_update(1)
    with Run.join(served.url, "halved", worker="operator") as operator:
        for _ in range(10):
            time.sleep(chance.uniform(0, 0.08))
            operator.change("scale", factor=0.5, reason="halved")

    assert ends(team) == ["done"] * 4
    assert split(team) == []
    assert len(set(rates(team.updates(0)).values())) > 5


def test_a_service_that_is_away_holds_up_all_ranks_alike_or_none(launching: Launcher, going: Service) -> None:
    """Away for less than what is left of the window; then for longer than all of it."""
    settings = remote(going, "away", unit="step", max_lookahead=7)
    team = launching.launch(3, 20, settings, pause_seconds=0.05)
    team.await_update(2)
    going.stop()
    team.await_update(5)
    going.start()
    team.await_update(9)
    going.stop()
    stalled = [_stalled(team, rank) for rank in range(3)]
    going.start()

    assert len(set(stalled)) == 1
    assert ends(team) == ["done"] * 3
    assert [rates(team.updates(rank)) for rank in range(3)] == [first(20)] * 3
    assert split(team) == []


def _stalled(team: Team, rank: int) -> int:
    """The update after which that rank makes none for a second."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 1.0:
        last = team.updates(rank)[-1]["epoch"]
        if last != seen:
            seen, since = last, time.monotonic()
        time.sleep(0.02)
    return seen


def test_a_stall_ends_on_all_ranks_before_the_process_group_gives_up(launching: Launcher, going: Service) -> None:
    team = launching.launch(2, 20, remote(going, "given-up"), pause_seconds=0.1, timeout_seconds=16)
    team.await_update(1)
    going.stop()
    began = time.monotonic()

    assert ends(team) == ["Exhausted"] * 2
    assert time.monotonic() - began < 16
    assert team.end(0)["said"] == team.end(1)["said"]
    assert "no grant for epoch" in team.end(1)["said"]


def test_by_the_plan_all_ranks_go_on_alike(launching: Launcher, going: Service) -> None:
    settings = remote(going, "by-plan", on_outage="plan", outage_seconds=0.5)
    team = launching.launch(2, 14, settings, pause_seconds=0.05)
    team.await_update(2)
    time.sleep(0.3)  # the plan is fetched after the grant
    going.stop()
    eventually(lambda: len(team.updates(0)) > 10)
    going.start()

    assert ends(team) == ["done"] * 2
    assert [rates(team.updates(rank)) for rank in range(2)] == [first(14)] * 2
    assert split(team) == []


def test_what_one_rank_is_refused_all_are_refused(launching: Launcher, served: Service) -> None:
    Run.join(served.url, "taken", schedule={**STEP, "gamma": 0.1}).close()

    team = launching.launch(2, 5, remote(served, "taken"))

    assert ends(team) == ["RunExistsDiffers"] * 2


@pytest.mark.parametrize("asks", ["one", "every"])
def test_after_a_kill_of_all_ranks_a_relaunch_is_one_new_attempt(
    asks: str, launching: Launcher, served: Service
) -> None:
    name = f"killed-{asks}"
    settings = remote(served, name, schedule={**CONSTANT, "initial_lr": 0.1}, asks=asks)
    before = launching.launch(3, 14, settings, pause_seconds=0.05, has_checkpoints=True)
    before.await_update(2)
    with Run.join(served.url, name, worker="operator") as operator:
        changed = operator.change("scale", factor=0.5, reason="too high")["effective_epoch"]
    before.await_update(changed + 2)
    before.kill()

    after = launching.launch(3, 14, settings, has_checkpoints=True)

    assert ends(after) == ["done"] * 3
    trained, again = rates(before.updates(0)), rates(after.updates(0))
    assert {**trained, **again} == {epoch: 0.1 if epoch < changed else 0.05 for epoch in range(14)}
    assert all(again.get(epoch, rate) == rate for epoch, rate in trained.items())
    assert {line["attempt"] for line in after.updates(1)} == {2}
    assert shown(served, name)["attempt"] == 2
    assert split(after) == []


def test_a_zombie_of_an_old_attempt_is_told_so_and_changes_nothing(launching: Launcher, served: Service) -> None:
    settings = remote(served, "zombie")
    old = launching.launch(3, 20, settings, ranks.alone, pause_seconds=0.05, has_checkpoints=True)
    old.await_update(7, rank=0)
    old.await_update(7, rank=2)
    old.kill(2, number=signal.SIGSTOP)
    old.kill(0, 1)
    with Run.join(served.url, "zombie", worker="operator") as operator:
        operator.rollback(4, scale=0.1, reason="diverged")
    shutil.copy(old.job.checkpoint_of(4), old.job.checkpoint)
    new = launching.launch(2, 12, settings, pause_seconds=0.05, has_checkpoints=True)
    new.await_update(5)
    old.kill(2, number=signal.SIGCONT)
    old.processes[2].join(60)
    told = old.end(2)

    assert (told["end"], told["extra"]) == ("StaleAttempt", {"attempt": 2, "from_epoch": 4})
    assert all(rate == EXPECTED[epoch] for epoch, rate in rates(old.updates(2)).items())
    assert ends(new) == ["done"] * 2
    assert rates(new.updates(1)) == {epoch: EXPECTED[epoch] * 0.1 for epoch in range(4, 12)}
    found = shown(served, "zombie")
    assert (found["attempt"], found["attempts"][1]["frontier"]) == (2, 14)


def test_ranks_may_become_fewer_and_more(launching: Launcher, served: Service) -> None:
    settings = remote(served, "elastic")
    seen: list[tuple[int, int]] = []
    is_over = threading.Event()
    watching = threading.Thread(target=_watch, args=(served, "elastic", seen, is_over))
    teams: list[Team] = []
    watching.start()
    for count, until in ((4, 4), (3, 9), (5, 18)):
        team = launching.launch(count, 18, settings, pause_seconds=0.02, has_checkpoints=True)
        teams.append(team)
        team.await_update(until - 1)
        if until < 18:
            team.kill()
    verdict = ends(teams[-1])
    is_over.set()
    watching.join()

    assert verdict == ["done"] * 5
    assert {epoch: rate for team in teams for epoch, rate in rates(team.updates(0)).items()} == first(18)
    assert seen == sorted(seen)
    assert [split(team)[:-1] for team in teams] == [[]] * 3  # a kill may cut the last line of a log


def _watch(service: Service, run: str, seen: list[tuple[int, int]], is_over: threading.Event) -> None:
    """Note each attempt and position that the run is at."""
    while not is_over.wait(0.01):
        try:
            found = shown(service, run)
        except Exception:  # noqa: BLE001 - it is not there yet
            continue
        seen.append((found["attempt"], found["position"]))


@pytest.mark.parametrize("asks", ["one", "every"])
def test_a_plateau_decides_once_on_the_mean_of_all_ranks(asks: str, launching: Launcher, served: Service) -> None:
    chance = random.Random(11)
    metrics = tuple(tuple(chance.uniform(0.5, 1.5) for _ in range(4)) for _ in range(16))
    policy: dict[str, Any] = {"factor": 0.5, "patience": 1}
    plateau = {**policy, "wait": True, "reports": 1 if asks == "one" else 4}
    settings = remote(served, f"plateau-{asks}", asks=asks, schedule=CONSTANT, plateau=plateau)

    team = launching.launch(4, 16, settings, metrics=metrics)

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    reducing = ReduceLROnPlateau(optimizer, **policy)
    expected: dict[int, float] = {}
    for epoch, each in enumerate(metrics):
        expected[epoch] = optimizer.param_groups[0]["lr"]
        reducing.step(sum(each) / 4)
    assert ends(team) == ["done"] * 4
    assert [rates(team.updates(rank)) for rank in range(4)] == [expected] * 4
    assert len(set(expected.values())) > 3


def test_accelerate_s_calls_of_step_for_each_process_are_refused(launching: Launcher, served: Service) -> None:
    team = launching.launch(2, 6, remote(served, "multiplied"), accelerator={})

    assert ends(team) == ["InvalidRequest"] * 2
    assert "calls step() of a prepared scheduler 2 times for each update" in team.end(0)["said"]
    assert "step_scheduler_with_optimizer=False" in team.end(0)["said"]


@pytest.mark.parametrize("way", ["its own switch", "updates are counted"])
def test_both_ways_out_under_accelerate_count_each_update_once(way: str, launching: Launcher, served: Service) -> None:
    counts = "updates" if way == "updates are counted" else "calls"
    switch = {} if counts == "updates" else {"step_scheduler_with_optimizer": False}
    settings = remote(served, f"accelerated-{counts}", unit="step", counts=counts)

    team = launching.launch(2, 6, settings, accelerator=switch)

    assert ends(team) == ["done"] * 2
    assert rates(team.updates(1)) == first(6)
