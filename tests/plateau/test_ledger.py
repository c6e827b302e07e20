"""Which metrics are decided on, and in which order."""

import math
from collections.abc import Iterable
from itertools import permutations
from random import Random
from typing import Any

import pytest

from setpoint.plateau.ledger import Decision, Ledger, Report, awaited, decide, record
from setpoint.plateau.variants import TorchPlateau


def a_policy(**given: Any) -> TorchPlateau:
    return TorchPlateau(**given)


def arrived(*reports: tuple[int, str, float]) -> list[tuple[int, Report]]:
    return [(epoch, Report(worker, value)) for epoch, worker, value in reports]


def told(decisions: Iterable[Decision]) -> list[tuple[int, float]]:
    return [(decision.epoch, decision.metric) for decision in decisions]


def test_one_report_decides_its_epoch() -> None:
    decisions = decide(a_policy(), arrived((0, "a", 1.0), (1, "a", 0.9)))

    assert told(decisions) == [(0, 1.0), (1, 0.9)]


def test_an_epoch_is_decided_with_the_last_worker_it_waits_for() -> None:
    policy = a_policy(reports=2)
    ledger, first = record(policy, Ledger(), 0, Report("a", 1.0))

    ledger, second = record(policy, ledger, 0, Report("b", 3.0))

    assert (first, second) == (None, Decision(0, 2.0))
    assert ledger == Ledger(0)


def test_a_worker_counts_once_and_its_first_report_counts() -> None:
    decisions = decide(a_policy(reports=2), arrived((0, "a", 1.0), (0, "a", 9.0), (0, "a", 1.0), (0, "b", 3.0)))

    assert told(decisions) == [(0, 2.0)]


def test_a_late_report_changes_nothing() -> None:
    policy = a_policy()
    ledger, _ = record(policy, Ledger(), 5, Report("a", 1.0))

    assert record(policy, ledger, 5, Report("b", 0.1)) == (ledger, None)
    assert record(policy, ledger, 4, Report("b", 0.1)) == (ledger, None)


def test_the_completion_of_a_later_epoch_passes_over_an_incomplete_one_for_good() -> None:
    decisions = decide(
        a_policy(reports=2),
        arrived((3, "a", 3.0), (4, "a", 4.0), (4, "b", 4.0), (3, "b", 3.0), (5, "a", 5.0)),
    )

    assert told(decisions) == [(4, 4.0)]


def test_a_completion_leaves_later_incomplete_epochs_waiting() -> None:
    decisions = decide(
        a_policy(reports=2),
        arrived((4, "a", 4.0), (3, "a", 3.0), (3, "b", 3.0), (4, "b", 6.0)),
    )

    assert told(decisions) == [(3, 3.0), (4, 5.0)]


def test_the_order_within_an_epoch_does_not_matter_nor_do_repeats() -> None:
    epochs = [arrived((e, "a", 0.1 + e), (e, "b", 0.7), (e, "c", 1e9)) for e in range(3)]
    straight = decide(a_policy(reports=3), [one for epoch in epochs for one in epoch])

    for order in permutations(range(3)):
        shuffled = [epoch[i] for epoch in epochs for i in order for _ in range(2)]
        assert decide(a_policy(reports=3), shuffled) == straight

    assert [decision.epoch for decision in straight] == [0, 1, 2]


@pytest.mark.parametrize("seed", range(20))
def test_any_order_decides_the_epochs_that_completed_before_all_later_ones(seed: int) -> None:
    random = Random(seed)  # a test's shuffle
    reports = arrived(*((e, worker, float(e)) for e in range(6) for worker in "abc"))
    random.shuffle(reports)

    decisions = decide(a_policy(reports=3), reports)

    completed = [max(i for i, (e, _) in enumerate(reports) if e == epoch) for epoch in range(6)]
    in_time = [e for e in range(6) if completed[e] < min(completed[e + 1 :], default=99)]
    assert told(decisions) == [(e, float(e)) for e in in_time]


def test_a_fold_can_go_on_from_a_ledger() -> None:
    reports = arrived((0, "a", 1.0), (1, "a", 2.0), (0, "b", 3.0), (1, "b", 4.0), (2, "a", 9.0))
    policy = a_policy(reports=2)
    ledger = Ledger()
    for epoch, report in reports[:2]:
        ledger, _ = record(policy, ledger, epoch, report)

    assert decide(policy, reports[2:], ledger) == decide(policy, reports)


def test_recording_leaves_the_ledger_it_was_given_alone() -> None:
    policy = a_policy(reports=2)
    before, _ = record(policy, Ledger(), 0, Report("a", 1.0))

    record(policy, before, 0, Report("b", 1.0))
    record(policy, before, 1, Report("b", 1.0))

    assert before == Ledger(None, {0: (Report("a", 1.0),)})


def test_a_nan_is_decided_on_like_any_metric() -> None:
    [decision] = decide(a_policy(reports=2), arrived((0, "a", math.nan), (0, "b", 1.0)))

    assert math.isnan(decision.metric)


def test_weights_and_aggregate_are_the_policys() -> None:
    reports = [(0, Report("a", 1.0, weight=3)), (0, Report("b", 5.0))]

    assert told(decide(a_policy(reports=2), reports)) == [(0, 2.0)]
    assert told(decide(a_policy(reports=2, aggregate="max"), reports)) == [(0, 5.0)]


def test_only_the_ends_of_every_third_epoch_after_the_warmup_are_read() -> None:
    policy = a_policy(every=3, warmup_epochs=5)

    decisions = decide(policy, arrived(*((e, "a", float(e)) for e in range(12))))

    assert told(decisions) == [(5, 5.0), (8, 8.0), (11, 11.0)]


@pytest.mark.parametrize(
    ("given", "decided", "epoch", "start_epoch", "waits_for"),
    [
        ({}, None, 4, 0, None),
        ({"wait": True}, None, 0, 0, None),
        ({"wait": True}, None, 1, 0, 0),
        ({"wait": True}, 2, 4, 0, 3),
        ({"wait": True}, 3, 4, 0, None),
        ({"wait": True}, 5, 4, 0, None),
        ({"wait": True}, None, 7, 7, None),
        ({"wait": True}, None, 8, 7, 7),
        ({"wait": True, "every": 5}, None, 4, 0, None),
        ({"wait": True, "every": 5}, None, 5, 0, 4),
        ({"wait": True, "every": 5}, None, 9, 0, 4),
        ({"wait": True, "every": 5}, 4, 9, 0, None),
        ({"wait": True, "every": 5}, 4, 10, 0, 9),
        ({"wait": True, "warmup_epochs": 3}, None, 3, 0, None),
        ({"wait": True, "warmup_epochs": 3}, None, 4, 0, 3),
    ],
)
def test_an_epoch_awaits_the_last_metric_before_it(
    given: dict[str, Any],
    decided: int | None,
    epoch: int,
    start_epoch: int,
    waits_for: int | None,
) -> None:
    assert awaited(a_policy(**given), Ledger(decided), epoch, start_epoch) == waits_for
