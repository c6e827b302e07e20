"""What a change would do is shown first, and what was shown is what is done: for the same plan, once."""

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from setpoint.cli import columns, confirm, wording
from setpoint.cli.service import Service
from setpoint.client import call
from setpoint.client.call import Call
from setpoint.errors import PlanChanged

T = TypeVar("T", bound=Mapping[str, Any])
DONE, DECLINED = 0, 1


def carried_out(
    asked: Service,
    options: argparse.Namespace,
    made: Callable[[str, str], Call[T]],
    told: Callable[[Mapping[str, Any]], str],
) -> int:
    """Preview, ask, and do what `made` makes of a plan's ETag and a key; `told` says it in a line.

    Where somebody else changed the plan between the two, that is shown, and all begins anew.
    """
    version: int | None = None
    while True:
        plan = asked.answer(call.plan(options.run))
        if version is not None:
            _tell_what_changed(asked, options.run, version)
        version = plan.body["plan_version"]
        request = made(plan.etag or "*", uuid4().hex)
        preview = asked.ask(call.previewed(request))
        if options.dry_run:
            return _told(options, preview, f"would be: {told(preview)}")
        if not options.yes:
            _say(f"{options.run}: {told(preview)}")
            if not confirm.agreed("Do it?"):
                _say("Nothing was changed.")
                return DECLINED
        try:
            receipt = asked.ask(request)
        except PlanChanged:
            continue
        return _told(options, receipt, f"done: {told(receipt)}")


def _tell_what_changed(asked: Service, run: str, version: int) -> None:
    _say("Meanwhile the plan was changed:")
    for entry in asked.ask(call.log(run))["changes"]:
        if entry["plan_version"] > version:
            _say(f"  {entry['actor']}: {wording.entry(entry)}")


def _told(options: argparse.Namespace, answer: Mapping[str, Any], line: str) -> int:
    sys.stdout.write(columns.document(answer) if options.json else f"{options.run}: {line}\n")
    return DONE


def _say(line: str) -> None:
    """To the person, not into what is piped on."""
    print(line, file=sys.stderr, flush=True)
