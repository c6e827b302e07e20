"""One rank asks and the rest are told, whole windows at a time: what it is refused, all are refused."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from math import fsum
from typing import Any, TypeVar, cast
from uuid import uuid4

import torch.distributed as dist

from setpoint.adaptors.torch.launched import timeout_seconds
from setpoint.client.grant import Span, Values
from setpoint.client.metric import metric
from setpoint.client.outage import OnOutage, Terms
from setpoint.client.run import Run
from setpoint.errors import InvalidRequest, SetpointError, Unexpected

T = TypeVar("T")
ASKING = 0

_log = logging.getLogger("setpoint")
_NOTHING = Span(0, [], {}, {})


class Team:
    """All ranks of a process group. Each method is for all of them to call, at the same time.

    They speak in a gloo group of their own, which leaves the training's group alone and needs no device.
    """

    def __init__(self, join: Callable[[], Run]) -> None:
        """`join` is called on the rank that asks.

        Raises:
            SetpointError: what that rank was refused with, on every rank.
        """
        self._group = dist.new_group(backend="gloo", timeout=timedelta(seconds=timeout_seconds()))
        self._is_asking = dist.get_rank() == ASKING
        self.run: Run | None = None
        self._span = _NOTHING
        self.name, self.attempt, self.facts = self._told(lambda: self._joined(join))

    def values(self, epoch: int) -> Values:
        if epoch not in self._span:
            self._span = self._told(lambda: self._asked.span(epoch))
        elif self.run is not None:
            self.run.known_lr(epoch)  # it asks ahead, and tells how far they are
        return self._span.values(epoch)

    def load(self, state: Mapping[str, Any]) -> int:
        self._span = _NOTHING
        epoch, self.attempt = self._told(lambda: self._loaded(state))
        return epoch

    def report(self, epoch: int, value: object) -> None:
        """Report the mean of what the ranks have measured, as that of one worker."""
        heard: list[float | None] = [None] * dist.get_world_size()
        dist.all_gather_object(heard, _number(epoch, value), group=self._group)
        numbers = [number for number in heard if number is not None]
        if self.run is not None and numbers:
            self.run.report(epoch, _mean(numbers))

    def finish(self) -> None:
        self._told(lambda: self._asked.finish())  # noqa: PLW0108 - the others have no run

    def close(self) -> None:
        if self.run is not None:
            self.run.close()

    @property
    def _asked(self) -> Run:
        """The run, on the rank that has one."""
        return cast(Run, self.run)

    def _joined(self, join: Callable[[], Run]) -> tuple[str, int, dict[str, Any]]:
        self.run = join()
        facts = self.run.facts
        reports = (facts.get("plateau") or {}).get("reports", 1)
        if reports > 1:
            self.run.close()
            raise InvalidRequest(
                f"the run's plateau waits for {reports} reports of each epoch, and here one rank reports the mean of "
                "all: leave `reports` out, or have every rank ask and report: RemoteLR(..., asks='every')"
            )
        return self.run.name, self.run.attempt, facts

    def _loaded(self, state: Mapping[str, Any]) -> tuple[int, int]:
        return self._asked.load_state_dict(state, key=uuid4().hex), self._asked.attempt

    def _told(self, ask: Callable[[], T]) -> T:
        """What `ask` finds out on the rank that asks, or is refused with, on every rank."""
        outcome: list[Any] = [None]
        if self._is_asking:
            outcome = [_outcome(ask)]
        dist.broadcast_object_list(outcome, group_src=ASKING, group=self._group)
        found, refusal = outcome[0]
        if refusal is not None:
            raise refusal
        return cast(T, found)


def patient(joining: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of an outage, so that it ends before the other ranks give up waiting."""
    most = max(0.75 * timeout_seconds() - 5, 0.5 * timeout_seconds())
    on_outage: OnOutage = joining.get("on_outage", "stall")
    terms = Terms.of(on_outage, joining.get("outage_seconds"), joining.get("wait_seconds", most))
    return {
        **joining,
        "outage_seconds": min(terms.outage_seconds, most),
        "wait_seconds": min(terms.wait_seconds, most),
    }


def _outcome(ask: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What was found, or why not. Nothing is raised: the other ranks are to hear of it."""
    try:
        return ask(), None
    except SetpointError as refusal:
        return None, refusal.with_traceback(None)
    except Exception as fault:  # noqa: BLE001 - the others wait, whatever it is
        _log.exception("the rank that asks for all has failed")
        return None, Unexpected(f"{type(fault).__name__}: {fault}")


def _number(epoch: int, value: object) -> float | None:
    try:
        return float(metric(value)["value"])
    except Exception:  # noqa: BLE001 - no metric is worth a training
        _log.warning("the metric of epoch %r can't be reported", epoch, exc_info=True)
        return None


def _mean(numbers: list[float]) -> float:
    """Of what is the same everywhere, that; it was averaged before."""
    return numbers[0] if len(set(numbers)) == 1 else fsum(numbers) / len(numbers)
