"""Runs: creating, finding and looking at them."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import Response

from setpoint.access.scope import Scope as AccessScope
from setpoint.api import replies
from setpoint.api.asking import RunName, done, looked, require, who
from setpoint.api.bodies import PatchQuestion, RunQuestion
from setpoint.api.openapi import answered
from setpoint.api.strict import CountText, StrictRoute
from setpoint.coordination.ports import EVERY, Filter
from setpoint.errors import Fault, InvalidRequest
from setpoint.runs.command import Create, Patch
from setpoint.runs.event import Created, Lifecycle
from setpoint.runs.settings import Settings
from setpoint.wire import run as wire
from setpoint.wire.run import RunAnswer, RunPage

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["runs"])


@router.put(
    "/runs/{run}", operation_id="create_run", responses=answered(RunAnswer, "It was there.", created="Created.")
)
async def create(request: Request, run: RunName, question: RunQuestion) -> Response:
    """Create a run. The same again, from any rank, is the same run; another under its name is 409."""
    settings = Settings.model_construct(**dict(question))
    outcome = await done(request, run, Create(settings))
    is_new = any(isinstance(recorded.event, Created) for recorded in outcome.recorded)
    return replies.json(wire.answer(outcome.run), status=201 if is_new else 200)


@router.get("/runs/{run}", operation_id="get_run", responses=answered(RunAnswer, "The run."))
async def show(request: Request, run: RunName) -> Response:
    """A run: what it was created with, and how far it is."""
    return replies.json(wire.answer(await looked(request, run)), headers=[replies.UNKEPT])


@router.patch("/runs/{run}", operation_id="patch_run", responses=answered(RunAnswer, "The run as it is now."))
async def patch(request: Request, run: RunName, question: PatchQuestion) -> Response:
    """Finish or archive a run, or label it. Its sealed learning rates stay what they are."""
    if question.state != "finished" or question.labels is not None:
        require(request.scope, AccessScope.OPERATOR, "all but finishing a run")
    command = Patch(question.state, question.labels)
    outcome = await done(request, run, command)
    return replies.json(wire.answer(outcome.run))


LabelText = Annotated[
    str | None, Query(description="Only runs with these labels: `name:value`, several by comma.", max_length=2000)
]
CursorText = Annotated[str | None, Query(description="The `next` of the page before.", max_length=500)]
StateText = Annotated[Lifecycle | None, Query(description="Only runs in this state.")]


@router.get("/runs", operation_id="list_runs", responses=answered(RunPage, "A page of runs, newest first."))
async def list_runs(
    request: Request,
    state: StateText = None,
    label: LabelText = None,
    after: CursorText = None,
    limit: Annotated[CountText, Query(le=1000)] = 100,
) -> Response:
    """The runs, newest first; archived ones only where asked for."""
    token = who(request.scope)
    wanted = Filter(state, _labels(label), after, limit, EVERY if token is None else token.runs)
    page = await request.app.state.journal.list(wanted)
    return replies.json(wire.page(page.runs, page.next), headers=[replies.UNKEPT])


def _labels(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    pairs = [part.partition(":") for part in text.split(",")]
    if not all(name and colon for name, colon, _ in pairs):
        detail = "must be name:value, several separated by commas"
        raise InvalidRequest("the labels can't be understood", faults=[Fault("/label", detail)])
    return {name: value for name, _, value in pairs}
