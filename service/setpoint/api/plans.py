"""A run's curve, and the plan behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import Response
from pydantic import RootModel

from setpoint.api import formats, replies
from setpoint.api.asgi import Headers
from setpoint.api.asking import RunName, attempt_of, coordinator, etag, looked
from setpoint.api.formats import drawn
from setpoint.api.openapi import answered
from setpoint.api.questions import few_enough
from setpoint.api.stateless import FormatText, PointsText
from setpoint.api.streams import Stream
from setpoint.api.strict import CountText, EpochText, StrictRoute
from setpoint.curves.encodings import ENCODINGS, Curve
from setpoint.curves.picture import trace
from setpoint.curves.thinning import sample
from setpoint.errors import Fault, InvalidRequest
from setpoint.plotting import Chart, Marker, Series
from setpoint.runs.baking import baked
from setpoint.runs.history import history, shown_until
from setpoint.runs.plan import Entry, Planned
from setpoint.runs.state import Attempt, Run
from setpoint.wire import plan as wire
from setpoint.wire.plan import PlanAnswer, RunCurve, StaticPlan

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["runs"])


@router.get(
    "/runs/{run}/curve",
    operation_id="get_run_curve",
    responses=answered(RunCurve, "Sealed and planned learning rates.", others=list(formats.MEDIA_TYPES.values())[1:]),
)
async def curve(
    request: Request,
    run: RunName,
    attempt: CountText | None = None,
    start: EpochText | None = None,
    stop: EpochText | None = None,
    points: PointsText = None,
    wanted: FormatText = None,
) -> Response:
    """The learning rates of any attempt: what is sealed before `frontier`, what is planned from there on."""
    media_type = formats.media_type(wanted, request.headers.get("accept"))
    found = await looked(request, run)
    asked = attempt_of(found, attempt)
    first = found.settings.start_epoch if start is None else start
    after = shown_until(asked) if stop is None else stop
    _in_order(found, first, after)
    shown: Sequence[int] = range(first, after)
    if points is not None:
        shown = _sampled(asked, first, after, points)
    headers = [*replies.typed(media_type), replies.UNKEPT, replies.VARY]
    return Stream(_chunks(found, asked, shown, media_type), headers)


def _sampled(attempt: Attempt, start: int, stop: int, points: int) -> list[int]:
    """At most `points` epochs that tell the shape, and beside them where each change sets in and where it is sealed to.

    They are chosen by the plan, which what is sealed was made by: its own pieces may be an epoch each.
    """
    turns = {entry.epoch for entry in attempt.plan.entries} | {attempt.frontier}
    kept = {epoch for turn in turns for epoch in (turn - 1, turn) if start <= epoch < stop}
    return sorted(kept.union(sample(attempt.plan.forms[0], start, stop, points)))


def _in_order(run: Run, start: int, stop: int) -> None:
    first = run.settings.start_epoch
    if not first <= start < stop:
        faults = [Fault("/start", f"must not be before {first}, and before stop, {stop}")]
        raise InvalidRequest("there are no such epochs", faults=faults)
    few_enough(range(start, stop))


def _chunks(run: Run, attempt: Attempt, shown: Sequence[int], media_type: str) -> Iterator[bytes]:
    if media_type not in ENCODINGS:
        return drawn(chart(run, attempt, shown[0], shown[-1] + 1), media_type)
    names = run.settings.rate_names
    forms = {name: history(attempt, i) for i, name in enumerate(names)}
    facts = wire.facts(run, attempt, shown)
    return ENCODINGS[media_type](Curve(forms.pop("lr"), shown, forms, facts))


def told(run: Run, points: int) -> bytes:
    """The whole curve of the current attempt as JSON, sampled."""
    attempt = run.attempt
    shown = _sampled(attempt, run.settings.start_epoch, shown_until(attempt), points)
    return b"".join(_chunks(run, attempt, shown, replies.JSON))


def chart(run: Run, attempt: Attempt, start: int, stop: int) -> Chart:
    """The picture of an attempt: sealed drawn through, planned dotted, its groups beside it, and its changes marked."""
    names = run.settings.rate_names
    series = [each for i, name in enumerate(names) for each in _traces(attempt, i, name, start, stop)]
    if len(names) == 1:
        series = [replace(each, label="sealed" if each.style == "solid" else "planned") for each in series]
    markers = [Marker(entry.epoch, _named(entry)) for entry in attempt.plan.entries if start <= entry.epoch < stop]
    now = attempt.position if start <= attempt.position < stop else None
    return Chart(series, run.name, run.settings.unit, "learning rate", markers=markers, now=now)


def _named(entry: Entry) -> str:
    """What set in there, as a picture says it: a change, or what the plateau policy did."""
    label = wire.short(entry.change) if isinstance(entry, Planned) else f"x{min(entry.factors):g}"
    return f"×{label[1:]}" if label.startswith("x") else label


def _traces(attempt: Attempt, column: int, name: str, start: int, stop: int) -> Iterator[Series]:
    """A column, before and after the frontier; the part that is named in the key is the first there is."""
    form, plan, frontier = history(attempt, column), attempt.plan.forms[column], attempt.frontier
    if start < frontier:
        yield trace(form, start, min(frontier, stop), shape=plan, label=name, hue=column)
    if stop > frontier:
        label = "" if start < frontier else name
        yield trace(form, max(start, frontier - 1), stop, shape=plan, label=label, style="dotted", hue=column)


As = Annotated[
    Literal["schedule"] | None,
    Query(alias="as", description="`schedule`: one static schedule that gives the same values, as /v1/lr takes it."),
]


class PlanOrStatic(RootModel[PlanAnswer | StaticPlan]):
    """As it was asked: the plan, or static schedules that replay the run."""


@router.get("/runs/{run}/plan", operation_id="get_plan", responses=answered(PlanOrStatic, "The plan."))
async def plan(request: Request, run: RunName, attempt: CountText | None = None, form: As = None) -> Response:
    """What governs the epochs: the schedules and the changes laid over them, in order. Its ETag is for If-Match."""
    found = await looked(request, run)
    asked = attempt_of(found, attempt)
    said: Any = baked(asked) if form == "schedule" else wire.answer(found, asked)
    headers: Headers = [replies.UNKEPT]
    if asked is found.attempt:
        headers.append((b"etag", etag(found, coordinator(request).incarnation).encode()))
    return replies.json(said, headers=headers)
