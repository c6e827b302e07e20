"""Runs, changes and events in words. Read leniently: what a later service says is said as it came."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from setpoint.cli.columns import digits

Json = Mapping[str, Any]


def schedule(spec: Json) -> str:
    """Its kind and its plain parameters, such as `step, initial_lr 0.1, step_size 5`."""
    words = [f"{name} {number(value)}" for name, value in spec.items() if isinstance(value, (int, float))]
    return ", ".join([str(spec.get("kind", "?")), *words])


def change(request: Json) -> str:
    """A change in a word or two: `scale 0.5`, `decay to 0.001 over 5`."""
    match request.get("op"):
        case "scale":
            said = f"scale {number(request['factor'])}"
        case "set":
            said = f"set {number(request['lr'])}"
        case "replace":
            said = f"replace by {schedule(request['schedule'])}"
        case "extend":
            said = f"extend by {request['epochs']}"
        case "decay":
            said = f"decay to {number(request['final_lr'])} over {request['epochs']}"
        case "cancel":
            said = f"cancel change {request['change']}"
        case other:
            said = str(other)
    groups = request.get("groups")
    return f"{said} on {', '.join(groups)}" if groups else said


def number(value: object) -> str:
    """A number to six digits, for people: JSON has them all. Anything else as it is."""
    if isinstance(value, float):
        return digits(float(f"{value:.6g}")).removesuffix(".0")
    return str(value).lower() if isinstance(value, bool) else str(value)


def moved(before: object, after: object) -> str:
    """`0.1 -> 0.05`, or the one number that it stays."""
    return number(before) if before == after else f"{number(before)} -> {number(after)}"


def receipt(receipt: Json) -> str:
    """What a change does, or did: `scale 0.5 from epoch 7 on: lr 0.1 -> 0.05, head 1 -> 0.5`."""
    rates = [f"lr {moved(receipt['lr_before'], receipt['lr_after'])}"]
    after: Json = receipt.get("groups_after", {})
    rates += [f"{name} {moved(value, after.get(name))}" for name, value in receipt.get("groups_before", {}).items()]
    return f"{change(receipt.get('request', receipt))} from epoch {receipt['effective_epoch']} on: {', '.join(rates)}"


def opened(attempt: Json) -> str:
    """A new attempt: where it begins and what it goes without."""
    dropped = ", ".join(map(str, attempt.get("dropped", ())))
    return f"attempt {attempt['attempt']} from epoch {attempt['from_epoch']} on" + (
        f", without change {dropped}" if dropped else ""
    )


def entry(entry: Json) -> str:
    """An entry of the audit log, without who and when."""
    said = receipt(entry) if entry.get("type", "change") == "change" else opened(entry)
    return f"{said} ({entry['reason']})" if entry.get("reason") else said


def event(kind: str, data: Json) -> str | None:  # noqa: PLR0911 - one case an event
    """An event in a line; None of those that say nothing by themselves."""
    match kind:
        case "created":
            return f"created: {schedule(data['schedule'])}"
        case "sealed":
            return _sealed(data)
        case "change" | "attempt":
            return entry({"type": kind, **data})
        case "metric":
            return f"epoch {data['epoch']}: {data['worker']} reports {number(data['value'])}"
        case "decision":
            factors = ", ".join(number(factor) for factor in data["factors"])
            return f"plateau: scale {factors} from epoch {data['effective_epoch']} on"
        case "state" | "labels":
            return f"{kind}: {data[kind]}"
        case "left":
            return f"{data['worker']} left"
        case "divergence":
            used = f"{data['worker']} used {data['name']} {data['used']} from epoch {data['start']} on"
            return f"diverged: {used}, sealed is {data['sealed']}"
        case "progress":
            return None
        case other:
            return other


def _sealed(data: Json) -> str:
    start, last = data["start"], data["stop"] - 1
    epochs = f"epoch {start}" if start == last else f"epochs {start} to {last}"
    groups = "".join(f", {name} {number(value)}" for name, value in data.get("groups", {}).items())
    return f"{epochs} sealed: lr {number(data['lr'])}{groups}"


def ago(at: str, now: datetime | None = None) -> str:
    """How long it is since `at`: `3 min ago`; `at` itself where it is not a time."""
    try:
        seconds = ((now or datetime.now(UTC)) - datetime.fromisoformat(at)).total_seconds()
    except (TypeError, ValueError):
        return at
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {name} ago"
    return "just now" if seconds < 5 else f"{int(seconds)} s ago"
