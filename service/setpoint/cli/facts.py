"""What is told of a run wherever one is: how far it is, and who trains."""

from collections.abc import Iterable
from typing import Any

from setpoint.cli.service import Service
from setpoint.client import call


def facts(asked: Service, name: str) -> dict[str, Any]:
    """What the list tells of a run: the run itself, its learning rate now, its workers and its last change."""
    return {
        **asked.ask(call.show(name)),
        "lr": asked.ask(call.look(name))["lr"],
        "present": asked.ask(call.workers(name))["workers"],
        "last_change": next(iter(asked.ask(call.log(name))["changes"][::-1]), None),
    }


def progress(row: dict[str, Any]) -> str:
    """`12/90`, or the epoch alone where there is no end; the attempt too, once there was more than one."""
    end = "" if row.get("end") is None else f"/{row['end']}"
    attempt = f" (attempt {row['attempt']})" if row["attempt"] > 1 else ""
    return f"{row['position']}{end}{attempt}"


def present(workers: Iterable[dict[str, Any]]) -> str:
    """How many workers there are: `4`, `4, 1 gone`."""
    found = list(workers)
    gone = sum(bool(worker["gone"]) for worker in found)
    return f"{len(found)}, {gone} gone" if gone else str(len(found))
