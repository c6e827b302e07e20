"""A process that has everything imported, and starts services by forking: each a real process, there in milliseconds.

It reads a line of JSON for each command and answers with one: `{"data", "database", "port", "failpoints", "flags",
"output", "arm"}` starts a service and is answered its pid; `{"wait": pid}` is answered its exit code (negative: the
signal), null while it runs.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httptools
import uvicorn.lifespan.on
import uvicorn.loops.uvloop
import uvicorn.protocols.http.httptools_impl
import uvloop

from proof.rehearsal import rehearse
from setpoint.cli.dispatch import run
from setpoint.journal import failpoints
from setpoint.journal.postgres import journal as postgres
from setpoint.journal.sqlite.journal import opened
from setpoint.server import assemble

LOADED = (httptools, uvicorn.lifespan.on, uvicorn.loops.uvloop, uvicorn.protocols.http.httptools_impl, uvloop)
"""What is imported late otherwise, in each service anew."""


def main() -> None:
    """Until its input ends; then no service that it started is left."""
    children: set[int] = set()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it, by closing its input
    rehearse()
    try:
        for line in sys.stdin:
            print(json.dumps(_obeyed(json.loads(line), children)), flush=True)
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def _obeyed(command: dict[str, Any], children: set[int]) -> int | None:
    if "wait" in command:
        return _waited(command["wait"], children)
    assert threading.active_count() == 1, "a fork takes only the thread that forks"
    child = os.fork()
    if child == 0:
        _serve(command)
    children.add(child)
    return child


def _waited(child: int, children: set[int]) -> int | None:
    found, status = os.waitpid(child, os.WNOHANG)
    if found == 0:
        return None
    children.discard(child)
    return os.waitstatus_to_exitcode(status)


def _serve(command: dict[str, Any]) -> None:
    """Be a service; never returns."""
    code = 1
    try:
        _redirected(Path(command["output"]))
        points = failpoints.read(command.get("failpoints", ""))
        if "arm" in command:
            ctypes.CDLL(None).faults_arm(*[each.encode() if isinstance(each, str) else each for each in command["arm"]])
        words = ["--port", str(command["port"]), "--data", command["data"], "--grace-seconds", "2"]
        words += ["--database-url", command["database"]] if "database" in command else []
        words += command.get("flags", [])
        with (
            patch.object(assemble, "sqlite", partial(opened, failpoints=points)),
            patch.object(postgres, "opened", partial(postgres.opened, failpoints=points)),
        ):
            code = run("serve", words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:  # noqa: BLE001 - this process is the service's own, and ends here
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def _redirected(output: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, file), (2, file)):
        os.dup2(source, target)


if __name__ == "__main__":
    main()
