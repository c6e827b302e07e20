"""Metrics, and what the plateau policy decides on them."""

import math
from dataclasses import replace

from setpoint.errors import MetricDiffers, NotSealed
from setpoint.plateau.ledger import Decision, Report, record
from setpoint.plateau.policy import Plateau
from setpoint.runs.command import Measure
from setpoint.runs.deciding import guards
from setpoint.runs.event import Decided, Event, Measured
from setpoint.runs.state import Run


def measure(run: Run, command: Measure, incarnation: int) -> tuple[Event, ...]:
    """The report, and the decision that it completes; nothing where it is a repeat."""
    guards.current(run, command.attempt, incarnation)
    guards.since_start(run, command.epoch)
    guards.not_archived(run)
    _trained(run, command.epoch)
    known = run.attempt.metrics.find((command.epoch, command.worker))
    report = Report(command.worker, command.value, command.weight)
    if known is not None:
        _same(known.report, report, command)
        return ()
    measured = Measured(command.attempt, command.epoch, command.worker, command.value, command.weight)
    return (measured, *_decisions(run, command.epoch, report))


def _trained(run: Run, epoch: int) -> None:
    """Only who was given an epoch can have measured it. One far ahead would pass over all the epochs before it."""
    frontier = run.attempt.frontier
    if epoch >= frontier:
        raise NotSealed(
            f"epoch {epoch} is not sealed, so nobody can have trained on it; the first that is not is {frontier}",
            frontier=frontier,
        )


def _same(known: Report, report: Report, command: Measure) -> None:
    equal = known.value == report.value or (math.isnan(known.value) and math.isnan(report.value))
    if not equal or known.weight != report.weight:
        raise MetricDiffers(
            f"worker {command.worker} reported {known.value!r} with weight {known.weight!r} for epoch {command.epoch}",
        )


def _decisions(run: Run, epoch: int, report: Report) -> tuple[Decided, ...]:
    policy = run.settings.policy
    if policy is None:
        return ()
    _ledger, decision = record(policy, run.attempt.ledger, epoch, report)
    return () if decision is None else (decided(run, decision),)


def decided(run: Run, decision: Decision) -> Decided:
    """What the policy makes of a settled metric: factors from the first epoch on that is not sealed."""
    attempt = run.attempt
    policy, state = run.settings.policy, attempt.policy
    assert policy is not None and state is not None  # noqa: PT018 - narrows the types
    planned, scales = zip(*(attempt.plan.unscaled(i, decision.epoch) for i in range(run.settings.rates)), strict=True)
    scales = tuple(_unless_rounded(old, now) for old, now in zip(state.scales, scales, strict=True))
    after = policy.step(replace(state, scales=scales), decision.metric, planned)
    factors = tuple(_factor(policy, old, new) for old, new in zip(scales, after.scales, strict=True))
    acts = any(factor != 1.0 for factor in factors)
    return Decided(
        attempt=attempt.number,
        epoch=decision.epoch,
        metric=decision.metric,
        policy=after,
        factors=factors,
        effective_epoch=max(attempt.frontier, decision.epoch + 1),
        plan_version=run.plan_version + acts,
    )


def _unless_rounded(remembered: float, now: float) -> float:
    """The scale in force: 1 again after a set, a replacement or a decay, which begin at a value of their own."""
    return remembered if math.isclose(remembered, now, rel_tol=1e-9) else now


def _factor(policy: Plateau, old: float, new: float) -> float:
    """What takes the scale from `old` to `new`: the policy's own factor where it does, not a quotient rounded anew."""
    if new == old:
        return 1.0
    return policy.factor if old * policy.factor == new else new / old
