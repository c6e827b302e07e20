"""What may be asked of a service: one request each, as plain data. each knows the shape of what answers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:  # shapes alone: a worker starts without the rooms that they are made in
    from setpoint.wire.change import Log, Opened, Receipt
    from setpoint.wire.lr import Lr
    from setpoint.wire.metric import Metric
    from setpoint.wire.plan import PlanAnswer, RunCurve
    from setpoint.wire.run import RunAnswer, RunPage
    from setpoint.wire.session import LinkAnswer
    from setpoint.wire.token import TokenAnswer, TokenList, TokenMade
    from setpoint.wire.worker import CheckedIn, Workers

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Json = Mapping[str, Any]

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """A request. `wait_seconds` is how long the service may take by being asked to wait."""

    method: str
    path: str
    body: Json | None = None
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    wait_seconds: float = 0.0

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return self.method in _REPEATABLE or "Idempotency-Key" in self.headers


def create(run: str, settings: Json) -> "Call[RunAnswer]":
    return Call("PUT", _run(run), settings)


def show(run: str) -> "Call[RunAnswer]":
    return Call("GET", _run(run))


def finish(run: str) -> "Call[RunAnswer]":
    return Call("PATCH", _run(run), {"state": "finished"})


def runs(
    *, state: str | None = None, label: str | None = None, after: str | None = None, limit: int = 100
) -> "Call[RunPage]":
    return Call("GET", "/v1/runs", params=_given(state=state, label=label, after=after, limit=limit))


def look(run: str, epoch: int | None = None, attempt: int | None = None) -> "Call[Lr]":
    return Call("GET", f"{_run(run)}/lr", params=_given(epoch=epoch, attempt=attempt))


def check_in(run: str, worker: str, report: Json, wait_seconds: float = 0.0) -> "Call[CheckedIn]":
    params = _given(wait=f"{wait_seconds:.3f}") if wait_seconds else {}
    return Call("PUT", _worker(run, worker), report, params, wait_seconds=wait_seconds)


def leave(run: str, worker: str) -> Call[Any]:
    return Call("DELETE", _worker(run, worker))


def workers(run: str) -> "Call[Workers]":
    return Call("GET", f"{_run(run)}/workers")


def report(run: str, worker: str, epoch: int, metric: Json) -> "Call[Metric]":
    return Call("PUT", f"{_worker(run, worker)}/metrics/{epoch}", metric)


def curve(
    run: str,
    *,
    attempt: int | None = None,
    start: int | None = None,
    stop: int | None = None,
    points: int | None = None,
) -> "Call[RunCurve]":
    params = _given(attempt=attempt, start=start, stop=stop, points=points)
    return Call("GET", f"{_run(run)}/curve", params=params)


def picture(run: str) -> Call[Any]:
    """The run's curve as an SVG document; its answer is to be read as a stream, for it is not JSON."""
    return Call("GET", f"{_run(run)}/curve", headers={"Accept": "image/svg+xml"})


def plan(run: str) -> "Call[PlanAnswer]":
    """Its answer's `etag` is what a change is meant for."""
    return Call("GET", f"{_run(run)}/plan")


def baked(run: str) -> Call[Any]:
    """Its plan as static schedules: `{"schedule", "groups", "hyperparameters"}`."""
    return Call("GET", f"{_run(run)}/plan", params={"as": "schedule"})


def log(run: str) -> "Call[Log]":
    return Call("GET", f"{_run(run)}/changes")


def change(run: str, change: Json, *, plan: str, key: str) -> "Call[Receipt]":
    """`plan` is the ETag that it is meant for, or `*`; `key` the same each time that this change is sent."""
    return Call("POST", f"{_run(run)}/changes", change, headers={"If-Match": plan, "Idempotency-Key": key})


def open_attempt(run: str, attempt: Json, *, plan: str, key: str) -> "Call[Opened]":
    return Call("POST", f"{_run(run)}/attempts", attempt, headers={"If-Match": plan, "Idempotency-Key": key})


def create_token(
    name: str, scope: str, runs: Sequence[str] | None = None, expires_in_seconds: int | None = None
) -> "Call[TokenMade]":
    wanted = {"name": name, "scope": scope, "runs": runs, "expires_in_seconds": expires_in_seconds}
    return Call("POST", "/v1/tokens", {key: value for key, value in wanted.items() if value is not None})


def tokens() -> "Call[TokenList]":
    return Call("GET", "/v1/tokens")


def revoke_token(token: str) -> "Call[TokenAnswer]":
    return Call("DELETE", f"/v1/tokens/{quote(token, safe='')}")


def create_link() -> "Call[LinkAnswer]":
    """What opens the pages, once, in the name of the token that is shown."""
    return Call("POST", "/v1/links")


def previewed(call: Call[T]) -> Call[T]:
    """The same as a dry run: it answers alike, and does nothing."""
    return replace(call, params={**call.params, "dry_run": "true"})


def events(run: str | None = None) -> Call[Any]:
    """The stream of what happens to a run, or to all of them."""
    return Call("GET", "/v1/events" if run is None else f"{_run(run)}/events", headers={"Accept": "text/event-stream"})


def _run(name: str) -> str:
    return f"/v1/runs/{quote(name, safe='')}"


def _worker(run: str, worker: str) -> str:
    return f"{_run(run)}/workers/{quote(worker, safe='')}"


def _given(**params: object) -> dict[str, str]:
    return {name: str(value) for name, value in params.items() if value is not None}
