"""Every command: what `setpoint --help` tells of it, what its own help tells, and the module that does it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_SOURCE = "SPEC | --kind KIND --PARAMETER VALUE ..."
_STEP = "--kind step --initial-lr 0.1 --step-size 5 --gamma 0.5"


class Command(NamedTuple):
    """A row of the table. `module` is one of this package; `usage` comes after the command's name."""

    module: str
    summary: str
    usage: str
    about: str
    examples: tuple[str, ...]


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "serve": Command(
            "serve",
            "serve schedules over HTTP",
            "[--host HOST] [--port PORT] [...]",
            "Serve schedules over HTTP until Ctrl-C. Each flag may be an environment variable instead.",
            ("setpoint serve", "setpoint serve --port 0"),
        ),
        "lr": Command(
            "lr",
            "the learning rate of an epoch",
            f"({_SOURCE}) --epoch EPOCHS [--json]",
            "The learning rate of an epoch: one bare number, or a line for each of several.",
            (
                f"setpoint lr {_STEP} --epoch 12",
                "setpoint lr spec.json --epoch 0:10,50",
                'echo \'{"kind": "constant", "initial_lr": 0.1}\' | setpoint lr - --epoch 3 --json',
                "setpoint lr --kind step --help",
            ),
        ),
        "schedule": Command(
            "schedule",
            "the learning rates of many epochs, as CSV or JSON",
            f"({_SOURCE}) [--start EPOCH] [--stop EPOCH] [--stride N] [--json]",
            "The learning rates from start to stop (left out) as CSV. Without --stop: to where the schedule ends.",
            (
                f"setpoint schedule {_STEP} --stop 15",
                "setpoint schedule spec.json --stride 10 > curve.csv",
                "setpoint schedule spec.json --json",
            ),
        ),
        "plot": Command(
            "plot",
            "draw a schedule in the terminal, or as SVG or PNG",
            f"({_SOURCE}) [--stop EPOCH] [--log-y] [-o FILE] [...]",
            "Draw a schedule in the terminal, or write it into a file: SVG, PNG, CSV, JSON or text, by its ending.\n"
            "In colour on a terminal, unless NO_COLOR is set. PNG needs the extra `plot`.",
            (
                f"setpoint plot {_STEP} --stop 15",
                "setpoint plot cosine_restarts --stop 70",
                "setpoint plot spec.json --log-y --width 100 --height 30",
                "setpoint plot spec.json -o curve.svg",
                "setpoint import torch OneCycleLR max_lr=0.1 total_steps=90 | setpoint plot -",
            ),
        ),
        "diff": Command(
            "diff",
            "where two schedules part",
            "A B [--start EPOCH] [--stop EPOCH] [--tolerance T] [--json] [...]",
            "Compare two schedules: the first epoch at which they differ, the largest difference, a picture of both.\n"
            "Ends with 0 where they are the same at every epoch looked at, with 1 where they are not.",
            (
                "setpoint diff spec.json other.json",
                "setpoint diff cosine polynomial --stop 90",
                "setpoint import torch CosineAnnealingLR T_max=90 --initial-lr 0.1 | setpoint diff - cosine --stop 90",
            ),
        ),
        "kinds": Command(
            "kinds",
            "every kind of schedule, or all about one",
            "[KIND] [--json]",
            "Every kind of schedule; or the formula, the parameters, an example and the names elsewhere of one.",
            ("setpoint kinds", "setpoint kinds step", "setpoint kinds warmup --json"),
        ),
        "import": Command(
            "imports",
            "the schedule that another library's scheduler is",
            "(LIBRARY SCHEDULER [NAME=JSON ...] [--initial-lr LR] | FILE | -) [--json]",
            "The schedule that another library's scheduler is, at every epoch; or the reason why it can't be said.\n"
            'A file or standard input holds {"library", "scheduler", "arguments", "initial_lr"}.\n'
            'A nested scheduler is {"scheduler", "arguments"}.',
            (
                "setpoint import torch StepLR step_size=5 gamma=0.5 --initial-lr 0.1",
                "setpoint import torch MultiStepLR 'milestones=[30, 80]' --initial-lr 0.1,0.01 --json",
                "setpoint import call.json",
            ),
        ),
        "export": Command(
            "exports",
            "a schedule as another library's code",
            f"({_SOURCE}) --to LIBRARY [--json]",
            "Code that makes the same scheduler in torch, optax, keras or transformers; or the reason why it can't.",
            (
                "setpoint export spec.json --to torch",
                f"setpoint export {_STEP} --to optax",
            ),
        ),
        "openapi": Command(
            "openapi",
            "the OpenAPI document of the service",
            "",
            "The OpenAPI document of the service, which /openapi.json serves. Needs the extra `server`.",
            ("setpoint openapi > openapi.json",),
        ),
    }
)
