"""Workers: their check-ins, their metrics, and who they are."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.requests import Request
from fastapi.responses import Response

from setpoint.api import replies
from setpoint.api.asking import RunName, WorkerName, coordinator, done, looked
from setpoint.api.bodies import CheckInQuestion, MetricQuestion
from setpoint.api.checkins import answer
from setpoint.api.lrs import WaitText, granted
from setpoint.api.openapi import answered
from setpoint.api.strict import EpochText, StrictRoute
from setpoint.runs.command import Leave, Measure
from setpoint.wire import metric as metrics
from setpoint.wire import worker as wire
from setpoint.wire.metric import Metric
from setpoint.wire.worker import CheckedIn, Workers

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["workers"])


@router.put(
    "/runs/{run}/workers/{worker}",
    operation_id="check_in",
    responses=answered(CheckedIn, "Its epoch, and what it may go on with."),
)
async def check_in(
    request: Request, run: RunName, worker: WorkerName, question: CheckInQuestion, wait: WaitText = None
) -> Response:
    """Report an epoch; learn its learning rate, the same for every worker."""
    asked = question.asked(worker)
    outcome = await granted(request, run, asked, wait)
    return answer(outcome.run, asked)


@router.get("/runs/{run}/workers", operation_id="list_workers", responses=answered(Workers, "The workers."))
async def workers(request: Request, run: RunName) -> Response:
    """Who is there, how far they are, and for how long each has been silent, by this process's clock."""
    found = await looked(request, run)
    attendants = await coordinator(request).workers(run)
    return replies.json(wire.listed(found, attendants), headers=[replies.UNKEPT])


@router.delete("/runs/{run}/workers/{worker}", operation_id="leave", status_code=204)
async def leave(request: Request, run: RunName, worker: WorkerName) -> Response:
    """A worker says goodbye: nobody waits for it any more."""
    await done(request, run, Leave(worker))
    return Response(status_code=204)


MetricEpoch = Annotated[EpochText, Path(description="The epoch that was measured.", examples=[12])]


@router.put(
    "/runs/{run}/workers/{worker}/metrics/{epoch}",
    operation_id="report_metric",
    responses=answered(Metric, "The metric as it counts."),
)
async def report(
    request: Request, run: RunName, worker: WorkerName, epoch: MetricEpoch, question: MetricQuestion
) -> Response:
    """Report a metric of an epoch. The first value counts; the same again changes nothing."""
    command = Measure(worker, epoch, question.value, question.weight, question.attempt)
    outcome = await done(request, run, command)
    return replies.json(metrics.answer(outcome.run, command))
