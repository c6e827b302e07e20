"""The bodies of the stateless half: what may be sent, and what is answered (the latter for the documentation)."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    RootModel,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from setpoint.plateau.spec import PlateauSpec
from setpoint.schedules.kinds import Checked
from setpoint.schedules.number import Count, Epoch, PositiveInt, Rate, Real
from setpoint.schedules.spec import Model, wrong
from setpoint.settings import AuthMode

MOST_EPOCHS = 65_536
"""How many learning rates one POST asks for by name, and how many metrics one simulation has."""

POINTS = "At most so many of the epochs, chosen so that their picture is the picture of all; in place of `stride`."

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
Format = Literal["json", "csv", "ndjson", "raw", "svg", "png"]


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class LrQuestion(Model):
    """Which learning rates of a schedule: of one epoch, or of a list of them."""

    model_config = _example(schedule=STEP, epochs=[0, 5, 12])

    schedule: Checked
    """Any schedule, as /v1/kinds lists them."""
    epoch: Epoch | None = None
    """One epoch."""
    epochs: Annotated[tuple[Epoch, ...], Field(max_length=MOST_EPOCHS)] | None = None
    """Or several, in any order, each as often as you like."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.epoch is None) == (self.epochs is None):
            raise wrong("epoch", "give either `epoch` or `epochs`")
        return self


class CurveQuestion(Model):
    """Which part of a schedule."""

    model_config = _example(schedule=STEP, stop=15)

    schedule: Checked
    """Any schedule, as /v1/kinds lists them."""
    start: Epoch = 0
    """The first epoch."""
    stop: Epoch | None = None
    """The epoch before which it ends; the schedule's natural end, where it has one."""
    stride: PositiveInt = 1
    """From one epoch to the next."""
    points: Annotated[Count, Field(ge=4, le=MOST_EPOCHS)] | None = Field(default=None, description=POINTS)


_real: TypeAdapter[float] = TypeAdapter(Real)
_NOT_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _metric(value: object) -> float:
    if isinstance(value, str) and value in _NOT_NUMBERS:
        return _NOT_NUMBERS[value]
    try:
        return _real.validate_python(value)
    except ValidationError:
        raise PydanticCustomError("metric", 'must be a number, "NaN", "Infinity" or "-Infinity"') from None


Metric = Annotated[
    float,
    PlainValidator(_metric),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"enum": list(_NOT_NUMBERS), "type": "string"}]}),
]
"""What training measured: the one number that may be none."""


class SimulationQuestion(Model):
    """A schedule, the policy laid over it, and the metrics it reads."""

    model_config = _example(
        schedule={"kind": "constant", "initial_lr": 0.1},
        plateau={"variant": "torch", "patience": 1},
        metrics=[1.0, 0.9, 0.9, 0.9, 0.9],
    )

    schedule: Checked
    """Any schedule, as /v1/kinds lists them."""
    plateau: PlateauSpec
    """The policy; its `variant` is torch unless given."""
    metrics: Annotated[tuple[Metric, ...], Field(max_length=MOST_EPOCHS)]
    """`metrics[e]` was measured in epoch e. "NaN", "Infinity" and "-Infinity" may stand for what is none."""


class ImportQuestion(Model):
    """A framework's scheduler, as its own code would construct it."""

    model_config = _example(library="torch", scheduler="StepLR", arguments={"step_size": 5}, initial_lr=0.1)

    library: str
    """Such as torch, transformers, optax or keras."""
    scheduler: str
    """The library's own name for it."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """By the library's own names; what is left out has the library's default. A nested scheduler is
    `{"scheduler", "arguments"}`."""
    initial_lr: Rate | Annotated[tuple[Rate, ...], Field(min_length=1)] | None = None
    """The optimizer's learning rate, or one for each parameter group; left out where the arguments have it."""


class ExportQuestion(Model):
    """A schedule, and the framework to say it in."""

    model_config = _example(schedule=STEP, library="torch")

    schedule: Checked
    """Any schedule, as /v1/kinds lists them."""
    library: str
    """torch, optax, keras or transformers."""


class Lr(BaseModel):
    """The learning rate of one epoch."""

    epoch: int = Field(examples=[12])
    lr: float = Field(examples=[0.025])


class Lrs(BaseModel):
    """The learning rates of several epochs, in the order they were asked for."""

    epochs: list[int] = Field(examples=[[0, 5, 12]])
    lr: list[float] = Field(examples=[[0.1, 0.05, 0.025]])


class LrOrLrs(RootModel[Lr | Lrs]):
    """As it was asked: for one, or for several."""


class Curve(BaseModel):
    """The learning rates of `start`, `start + stride`, ... before `stop`; of `epochs` where `points` was asked for."""

    start: int | None = Field(default=None, examples=[0])
    stop: int | None = Field(default=None, examples=[15])
    stride: int | None = Field(default=None, examples=[5])
    epochs: list[int] | None = None
    lr: list[float] = Field(examples=[[0.1, 0.05, 0.025]])


class Simulation(BaseModel):
    """`lr[e]` as the policy set it from the metrics of the epochs before e."""

    lr: list[float] = Field(examples=[[0.1, 0.1, 0.1, 0.1, 0.01, 0.01]])


class Import(BaseModel):
    """The scheduler as a schedule: what it does, to the bit where that can be said."""

    schedule: dict[str, Any] = Field(examples=[{**STEP, "gamma": 0.1}])
    groups: dict[str, Any] = Field(description="The further parameter groups, from `1` on.", examples=[{}])
    plateau: dict[str, Any] | None = Field(examples=[None])
    notes: list[str] = Field(description="What to know about the translation.", examples=[[]])


class Export(BaseModel):
    """Code that does what the schedule does."""

    library: str = Field(examples=["torch"])
    native: bool = Field(description="Whether the library's own scheduler says it; else the formula is written out.")
    code: str = Field(examples=["from torch.optim.lr_scheduler import StepLR\n"])
    notes: list[str] = Field(examples=[[]])


class Kind(BaseModel):
    """One kind of schedule: enough to build a form for it."""

    kind: str = Field(examples=["step"])
    summary: str = Field(examples=["Multiply by `gamma` every `step_size` epochs."])
    formula: str = Field(examples=["initial_lr * gamma ** floor(e / step_size)"])
    past_end: str = Field(examples=["goes on"])
    flat: bool = Field(description="Whether GET takes its parameters one by one.", examples=[True])
    parameters: dict[str, Any] = Field(description="JSON Schema of the schedule; its references are into `$defs`.")
    example: dict[str, Any] = Field(examples=[STEP])
    names: dict[str, str] = Field(description="What each framework calls it.", examples=[{"torch": "StepLR"}])


class Kinds(BaseModel):
    """Every kind of schedule."""

    kinds: list[Kind]
    defs: dict[str, Any] = Field(alias="$defs", description="The JSON Schemas of kinds, for references.")


class Info(BaseModel):
    """What runs here."""

    name: str = Field(examples=["setpoint"])
    version: str = Field(examples=["0.1.0"])
    python: str = Field(examples=["3.11.9"])
    engine: str | None = Field(description="Where runs are kept; null where none are.")
    durability: str | None = Field(
        description="What an acknowledged write survives: process-crash, power-loss or failover, each more than the "
        "one before; null where there is nothing to lose."
    )
    durability_settings: dict[str, str] = Field(description="The engine's settings that this follows from.")
    incarnation: int | None = Field(description="Which life of the store this is: raised where writes may be lost.")
    auth: AuthMode = Field(
        description="Whether tokens are asked for: `tokens`; `loopback`: only this machine is served; `off`: whoever "
        "reaches it is let in."
    )


class Health(BaseModel):
    status: str = Field(examples=["ok"])


class FaultShape(BaseModel):
    """One thing that is wrong, and where."""

    pointer: str = Field(description="JSON Pointer into what was sent; empty: the whole of it.", examples=["/gamma"])
    detail: str = Field(examples=["must be a number"])


class Problem(BaseModel):
    """An error (RFC 9457). Programs go by `type`."""

    type: str = Field(examples=["/problems/invalid-schedule"])
    title: str = Field(examples=["The schedule is not valid"])
    status: int = Field(examples=[422])
    detail: str = Field(description="What happened, and what to do.")
    errors: list[FaultShape] | None = None
