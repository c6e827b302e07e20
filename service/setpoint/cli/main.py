"""`setpoint`: finds the command, runs it, and turns what goes wrong into one line and an exit code.

0 is success, 1 a failure, 2 a command that can't be carried out as written, 130 Ctrl-C, 141 a reader that left.
"""

import os
import sys
from collections.abc import Callable, Sequence

from setpoint import __version__
from setpoint.cli.commands import COMMANDS

FAILED, MISUSED, INTERRUPTED, UNREAD = 1, 2, 130, 141


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (those of the process, unless given) name; the exit code of it."""
    name, *rest = (sys.argv[1:] if words is None else words) or ["--help"]
    reconfigure: Callable[..., None] | None = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:  # a character that the terminal does not have is no reason to fail
        reconfigure(errors="replace")
    called = f"setpoint {name}" if name in COMMANDS else "setpoint"
    return _ended(called, lambda: _run(name, rest))


def _run(name: str, words: Sequence[str]) -> int:
    if name in ("-h", "--help", "help"):
        print(_overview())
        return 0
    if name in ("-V", "--version"):
        print(f"setpoint {__version__}")
        return 0
    from setpoint.cli import dispatch

    return dispatch.run(name, words)


def _ended(called: str, work: Callable[[], int]) -> int:
    """What `work` comes to, once all it wrote is out."""
    try:
        try:
            status = work()
        except SystemExit as end:  # argparse, after --help
            status = end.code if isinstance(end.code, int) else FAILED
        sys.stdout.flush()
    except BrokenPipeError:
        return _silenced(UNREAD)
    except KeyboardInterrupt:
        return _silenced(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - nobody reads a traceback; it is there for who asks
        return _failed(called, error)
    return status


def _silenced(status: int) -> int:
    """`status`, with nothing left for Python to flush at exit, where it would complain of the same once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _failed(called: str, error: Exception) -> int:
    """Say what went wrong, in one line."""
    from setpoint.cli.misuse import Misuse, flag, told
    from setpoint.errors import InvalidRequest, SetpointError, Unavailable, Unexpected

    if isinstance(error, SetpointError):
        advice = "" if isinstance(error, (InvalidRequest, Misuse)) else f". {error.advice}"
        status = FAILED if isinstance(error, (Unavailable, Unexpected)) else MISUSED
        return _complained(f"{called}: {told(error, flag)}{advice}", status)
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return _complained(f"{called}: {file}{error.strerror or error}", FAILED)
    if os.environ.get("SETPOINT_TRACEBACK"):
        raise error
    fault = f"{type(error).__name__}: {error}"
    return _complained(f"{called}: a fault of Setpoint itself: {fault} (SETPOINT_TRACEBACK=1 shows where)", FAILED)


def _complained(text: str, status: int) -> int:
    """`status`, with `text` on standard error: one line of it, whatever names and values it quotes."""
    print("".join(letter if letter.isprintable() else " " for letter in text), file=sys.stderr)
    return status


def _overview() -> str:
    width = max(map(len, COMMANDS)) + 2
    return "\n".join(
        [
            "usage: setpoint COMMAND [...]",
            "",
            "Learning rates: of an epoch, of a schedule, of a training run while it goes on.",
            "",
            "commands:",
            *(f"  {name.ljust(width)}{command.summary}" for name, command in COMMANDS.items()),
            "",
            "examples:",
            *(f"  {COMMANDS[name].examples[0]}" for name in ("plot", "import", "serve", "create", "change")),
            "",
            "`setpoint COMMAND --help` teaches each, with examples; `setpoint --version` is the version.",
        ]
    )
