"""A policy run over a list of metrics: what it would have made of a schedule."""

from collections.abc import Callable, Iterator, Sequence

from setpoint.errors import Fault, InvalidRequest
from setpoint.plateau.greedy import Greedy, pursue
from setpoint.plateau.policy import Plateau, scaled

Planned = Callable[[int], float] | Sequence[float]


def simulate(policy: Plateau | Greedy, lr: Planned, metrics: Sequence[float]) -> list[float]:
    """The learning rates of epochs 0 to `len(metrics)`, each as the metrics before it left it.

    `lr` is the schedule alone, as a function of the epoch or as its values from epoch 0 to
    `len(metrics)`. `metrics[e]` is the metric of epoch e. The first value is always the
    schedule's own.

    Raises:
        InvalidRequest: the greedy policy on a schedule that is not constant: it moves the
        learning rate by itself.
    """
    planned = _values(lr, len(metrics) + 1)
    if isinstance(policy, Greedy):
        _refuse_moving(planned)
        return list(pursue(policy, planned[0], metrics))
    return list(_held(policy, planned, metrics))


def _values(lr: Planned, stop: int) -> list[float]:
    at = lr if callable(lr) else lr.__getitem__
    return [at(epoch) for epoch in range(stop)]


def _held(policy: Plateau, planned: list[float], metrics: Sequence[float]) -> Iterator[float]:
    state = policy.start()
    yield planned[0]
    for epoch, metric in enumerate(metrics):
        if policy.reads(epoch):
            state = policy.step(state, metric, planned[epoch : epoch + 1])
        yield scaled(planned[epoch + 1], state.scales[0], policy.floor)


def _refuse_moving(planned: list[float]) -> None:
    for epoch, lr in enumerate(planned):
        if lr != planned[0]:
            detail = f"greedy needs a constant schedule; this one changes at epoch {epoch}"
            raise InvalidRequest(
                "greedy moves the learning rate by itself, from the value it starts with",
                faults=[Fault("/schedule", detail)],
            )
