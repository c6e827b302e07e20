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
        "migrate": Command(
            "migrate",
            "bring a database's tables to this version",
            "[--data FOLDER] [--database-url URL]",
            "Bring the tables of the database to this version, while no service waits for it. `setpoint serve` does\n"
            "the same when it starts: this is for who has another user make tables, or wants it done before.",
            (
                "setpoint migrate",
                "SETPOINT_DATABASE_URL_FILE=/run/secrets/url setpoint migrate",
            ),
        ),
        "copy": Command(
            "copy",
            "copy a store into another, SQLite or PostgreSQL",
            "FROM [TO]",
            "Copy all of a store into an empty one: runs, sealed bits, changes with who and when and why, tokens.\n"
            "Stop the services on both first. What was interrupted goes on when the same is said again; at the end\n"
            "both are read and compared. The store that is copied stays as it is.",
            (
                "setpoint copy sqlite:////data/setpoint.db postgresql://setpoint@db.example/setpoint",
                "SETPOINT_DATABASE_URL_FILE=/run/secrets/url setpoint copy sqlite:////data/setpoint.db",
            ),
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
        "create": Command(
            "create",
            "create a run, which workers share a learning rate by",
            f"RUN ({_SOURCE}) [--unit UNIT] [--label NAME=VALUE] [...]",
            "Create a run. The same again is the same run; another one under its name is refused.\n"
            'SPEC is a schedule, or all that a run is made with: {"schedule": {...}, "groups": {...}, ...}.',
            (
                f"setpoint create resnet50 {_STEP}",
                "setpoint create vit-b spec.json --label team=vision",
                "setpoint create llm cosine --unit step --max-lookahead 100",
            ),
        ),
        "runs": Command(
            "runs",
            "the runs there are",
            "[--state STATE] [--label NAME=VALUE] [--limit N] [--json] [--url URL]",
            "The runs, newest first: how far each is, its learning rate now, its workers and its last change.",
            ("setpoint runs", "setpoint runs --state running --label team=vision", "setpoint runs --json"),
        ),
        "run": Command(
            "run",
            "all about a run: curve, workers, changes",
            "RUN [--width N] [--height N] [--json] [--url URL]",
            "A run: how far it is, its curve (sealed drawn through, planned dotted, changes marked), its workers and\n"
            "its last changes.",
            ("setpoint run resnet50", "setpoint run resnet50 --url http://127.0.0.1:8321 --json"),
        ),
        "watch": Command(
            "watch",
            "a run as it goes on",
            "[RUN] [--lines | --json] [--url URL]",
            "A run as it goes on, until Ctrl-C: its curve, its learning rate, the next change, the workers. Where it\n"
            "is piped on, or for all runs: a line for each event. It finds the service again after a restart.",
            ("setpoint watch resnet50", "setpoint watch resnet50 --json >> events.ndjson", "setpoint watch"),
        ),
        "change": Command(
            "change",
            "change a run's learning rate while it trains",
            "RUN OP [VALUE ...] --reason TEXT [--epoch N] [--group NAME] [--dry-run | --yes] [...]",
            "Change the learning rate of a run for all its workers, at one and the same epoch: the first that none\n"
            "has been given yet, or --epoch. Shows what it would do, asks, and does it.\n\n"
            "  scale FACTOR            multiply it from now on\n"
            "  set LR                  pin it; the schedule runs on beneath\n"
            "  hold                    stop the schedule's clock\n"
            "  release                 end a hold and a pin\n"
            "  replace SPEC            start another schedule at its epoch 0\n"
            "  extend EPOCHS           let what is left of the schedule end so much later\n"
            "  decay EPOCHS FINAL_LR   go there from where it is; --shape as `setpoint kinds ramp` has them\n"
            "  cancel CHANGE           withdraw a change, by its number, that has had no effect yet",
            (
                "setpoint change resnet50 scale 0.5 --reason 'the loss is flat'",
                "setpoint change resnet50 set 0.01 --epoch 30 --reason 'as in the paper' --dry-run",
                "setpoint change resnet50 hold --reason 'until the data is fixed' --yes",
                "setpoint change resnet50 decay 10 0.001 --shape cosine --reason 'time to end'",
            ),
        ),
        "rollback": Command(
            "rollback",
            "go back to a checkpoint, in a new attempt",
            "RUN --to EPOCH --reason TEXT [--scale FACTOR] [--keep WHAT] [--dry-run | --yes] [...]",
            "Go back to a checkpoint: open a new attempt from its epoch on. What was sealed before stays; workers of\n"
            "the old attempt are told to stop at their next contact. Shows what it would do, asks, and does it.",
            (
                "setpoint rollback resnet50 --to 4 --scale 0.1 --reason 'the loss went up'",
                "setpoint rollback resnet50 --to 4 --keep nothing --reason 'those changes were wrong' --dry-run",
            ),
        ),
        "finish": Command(
            "finish",
            "finish a run: what is sealed stays, no more is",
            "RUN [--json] [--url URL]",
            "Finish a run. Its sealed epochs are still answered, new ones are refused; a new attempt reopens it.",
            ("setpoint finish resnet50",),
        ),
        "token": Command(
            "token",
            "who is let in: make tokens, list and revoke them, open the pages",
            "(create NAME | list | revoke NAME | link) [--scope SCOPE] [--runs GLOB,...] [--expires TIME] [...]",
            "Who is let in, where tokens are asked for. On the service's own machine the command finds the token of\n"
            "its admin in the data folder by itself; elsewhere it takes $SETPOINT_TOKEN.\n\n"
            "  create   make a token, and print it: nothing tells it again. Scopes, each with all before it:\n"
            "           reader looks, worker trains, operator changes and rolls back, admin makes tokens\n"
            "  list     all there ever were, without their secrets\n"
            "  revoke   let it and its sessions in no more; NAME may be an id from the list\n"
            "  link     print a link that opens the pages in a browser, once, with what your token may",
            (
                "setpoint token create trainer --scope worker --runs 'resnet*' --expires 30d",
                "setpoint token list",
                "setpoint token link",
                "setpoint token revoke trainer",
            ),
        ),
        "audit": Command(
            "audit",
            "the audit log: export it, or verify the store by it",
            "(export | verify) [--all] [--against FILE] [--data FOLDER] [--database-url URL]",
            "Who did what, when and why, to runs and to tokens: straight from the store, while the service goes on.\n\n"
            "  export   a line of JSON for each event, with its fingerprint in the chain; --all for all that\n"
            "           workers did and were given as well\n"
            "  verify   look every chain of the store through: what is wrong, and where. Ends with 1 where\n"
            "           something is. --against FILE: what was exported must still be there, as it was",
            (
                "setpoint audit export > audit.ndjson",
                "setpoint audit export --all --data /var/lib/setpoint",
                "setpoint audit verify",
                "setpoint audit verify --against audit.ndjson",
            ),
        ),
        "backup": Command(
            "backup",
            "copy the store into one file, while the service goes on",
            "FILE [--data FOLDER] [--database-url URL]",
            "Copy the store, as it stands at one moment, into a new file, and look all of it through: FILE is there\n"
            "only if every event in it is what was written. For SQLite; PostgreSQL has its own means. Run it as the\n"
            "user who runs the service, on its machine: the service goes on meanwhile.",
            ("setpoint backup /backups/setpoint-monday.db", "setpoint backup monday.db --data /var/lib/setpoint"),
        ),
        "restore": Command(
            "restore",
            "put a backup in the store's place",
            "[FILE] [--replace] [--damaged] [--data FOLDER] [--database-url URL]",
            "Put a backup in the store's place, while no service runs. What was sealed after the backup was made is\n"
            "lost to the store, not to the workers: so it begins another life, in which no unfinished run seals\n"
            "anything until a new attempt of it is opened, and workers that know more than the store are told\n"
            "`history-diverged`. The runs that wait for that are listed, here and by `setpoint doctor`.\n\n"
            "Without FILE: the store is in its place already, put there by other means, such as PostgreSQL's own.",
            (
                "setpoint restore /backups/setpoint-monday.db",
                "setpoint restore monday.db --replace --data /var/lib/setpoint",
                "setpoint restore --database-url postgresql://localhost/setpoint",
            ),
        ),
        "doctor": Command(
            "doctor",
            "what is wrong with the service and its store, and what to do",
            "[--url URL] [--data FOLDER] [--database-url URL] [--json]",
            "Look at the folder, the disk, the token file, the store (all of it) and the service: what is wrong, and\n"
            "what to do. Changes nothing, and disturbs no service. Ends with 0 where nothing is wrong, else with 1.",
            ("setpoint doctor", "setpoint doctor --data /var/lib/setpoint --json"),
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
