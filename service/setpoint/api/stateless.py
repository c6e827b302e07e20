"""The stateless half: a schedule in, its learning rates out. Pure functions of what is sent, for caches to keep."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import Response

from setpoint.api import catalogue, formats, negotiate, questions, replies
from setpoint.api.openapi import answered
from setpoint.api.replies import JSON, TEXT, Reply
from setpoint.api.shapes import (
    POINTS,
    Curve,
    CurveQuestion,
    Export,
    ExportQuestion,
    Format,
    Import,
    ImportQuestion,
    Kinds,
    Lr,
    LrOrLrs,
    LrQuestion,
    Simulation,
    SimulationQuestion,
)
from setpoint.api.streams import Stream
from setpoint.api.strict import CountText, EpochText, StrictRoute
from setpoint.curves.blocks import along
from setpoint.plateau.simulation import simulate
from setpoint.schedules.spec import Spec

flat = APIRouter(route_class=questions.FlatRoute, prefix="/v1", tags=["schedules"])
router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["schedules"])

_CURVE = answered(Curve, "The learning rates, in a column or drawn.", others=list(formats.MEDIA_TYPES.values())[1:])

FormatText = Annotated[Format | None, Query(alias="format", description="The format, in place of the Accept header.")]
PointsText = Annotated[questions.Points | None, Query(description=POINTS)]
KnotsOrPoints = Annotated[str | None, Query(description=f"{POINTS} Of the kind of that name, its knots.")]


@flat.get("/lr", operation_id="get_lr", responses=answered(Lr, "The learning rate.", others=[TEXT]))
async def get_lr(request: Request, epoch: EpochText) -> Response:
    """The learning rate of one epoch."""
    media_type = negotiate.choose(request.headers.get("accept"), (JSON, TEXT))
    spec = questions.schedule(questions.spelled(request, "epoch"))
    reply = replies.lr(epoch, spec.lr(epoch), media_type)
    return replies.unless_had(reply, request.headers.get("if-none-match"))


def lr_at_once(query: bytes) -> Reply:
    """What `get_lr` answers in JSON, without the way through the framework.

    Raises:
        SetpointError, ValidationError: it answers otherwise.
    """
    return replies.lr(*questions.lr(query))


@router.post("/lr", operation_id="post_lr", responses=answered(LrOrLrs, "The learning rate, or rates."))
async def post_lr(question: LrQuestion) -> Response:
    """The learning rate of one epoch, or of several."""
    if question.epoch is not None:
        return replies.json({"epoch": question.epoch, "lr": question.schedule.lr(question.epoch)})
    epochs = question.epochs or ()
    return replies.json({"epochs": epochs, "lr": await _rates(question.schedule, epochs)})


async def _rates(spec: Spec, epochs: tuple[int, ...]) -> list[float]:
    """The learning rates of `epochs`, each computed once."""
    ascending = sorted(set(epochs))
    known: list[float] = []
    for block in along(spec.form, ascending):
        known += block.tolist()
        await asyncio.sleep(0)
    by_epoch = dict(zip(ascending, known, strict=True))
    return [by_epoch[epoch] for epoch in epochs]


@flat.get("/schedule", operation_id="get_schedule", responses=_CURVE)
async def get_schedule(
    request: Request,
    start: EpochText = 0,
    stop: EpochText | None = None,
    stride: CountText = 1,
    points: KnotsOrPoints = None,
    wanted: FormatText = None,
) -> Response:
    """The full schedule, or a part of it."""
    own = ["start", "stop", "stride", "format"] + (["points"] if request.query_params.get("kind") != "points" else [])
    spec = questions.schedule(questions.spelled(request, *own))
    question = CurveQuestion.model_construct(
        schedule=spec, start=start, stop=stop, stride=stride, points=questions.points(request)
    )
    return _curve(question, wanted, request)


@router.post("/schedule", operation_id="post_schedule", responses=_CURVE)
async def post_schedule(request: Request, question: CurveQuestion, wanted: FormatText = None) -> Response:
    """The full schedule, or a part of it."""
    return _curve(question, wanted, request)


def _curve(question: CurveQuestion, wanted: Format | None, request: Request) -> Response:
    media_type = formats.media_type(wanted, request.headers.get("accept"))
    etag = replies.tag(question.model_dump_json().encode(), media_type.encode())
    if replies.has(request.headers.get("if-none-match"), etag):
        return replies.not_modified(etag)
    chunks = formats.chunks(question.schedule.form, questions.epochs(question), media_type)
    return Stream(chunks, [*replies.typed(media_type), *replies.keepable(etag)])


@router.post("/simulations", operation_id="simulate", responses=answered(Simulation, "One value more than metrics."))
async def simulations(question: SimulationQuestion) -> Response:
    """What a metric-driven policy would have made of a schedule."""
    planned = await _rates(question.schedule, tuple(range(len(question.metrics) + 1)))
    return replies.json({"lr": await asyncio.to_thread(simulate, question.plateau, planned, question.metrics)})


@router.get("/kinds", operation_id="list_kinds", responses=answered(Kinds, "The kinds."))
async def list_kinds(request: Request) -> Response:
    """Every kind of schedule: its formula, its parameters, an example, its names elsewhere."""
    return replies.unless_had(catalogue.reply(), request.headers.get("if-none-match"))


@router.post("/imports", operation_id="import_scheduler", responses=answered(Import, "The schedule."))
async def imports(question: ImportQuestion) -> Response:
    """The schedule that a framework's scheduler would make. Agrees with it, or refuses."""
    from setpoint.interop import registry

    found = registry.read(question.library, question.scheduler, question.arguments, question.initial_lr)
    return replies.json(
        {
            "schedule": found.schedule.plain(),
            "groups": {name: spec.plain() for name, spec in found.groups.items()},
            "plateau": found.plateau and found.plateau.model_dump(mode="json", exclude_none=True),
            "notes": found.notes,
        }
    )


@router.post("/exports", operation_id="export_schedule", responses=answered(Export, "The code."))
async def exports(question: ExportQuestion) -> Response:
    """Code that runs a schedule in a framework. Agrees with it, or refuses."""
    from setpoint.interop import writing

    found = writing.write(question.schedule, question.library)
    return replies.json({"library": found.library, "code": found.code, "native": found.native, "notes": found.notes})
