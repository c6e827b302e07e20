"""`setpoint serve`: the service in the foreground.

The server's rooms are reached inside a function: a client does without them and their packages.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from functools import partial

from setpoint.cli import extra
from setpoint.errors import SetpointError
from setpoint.settings import Settings, read

_GARBAGE_AFTER = (10_000, 10, 10)
"""Objects made before some are looked through for circles. A check-in leaves none behind, and makes so many objects
that at Python's own 700 it is a tenth and more of its time to look."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `setpoint serve` to its parser."""
    add = parser.add_argument
    add("--host", help="the address to serve ($SETPOINT_HOST; 127.0.0.1)")
    add("--port", help="its port; 0 takes a free one ($SETPOINT_PORT; 8321)")
    add("--data", help="the folder for what must last ($SETPOINT_DATA; ~/.local/share/setpoint)")
    add("--database-url", help="sqlite:///PATH or postgresql://... ($SETPOINT_DATABASE_URL)")
    add("--allowed-hosts", help="further names it goes by, with commas between ($SETPOINT_ALLOWED_HOSTS)")
    add("--tls-cert", help="a file with the certificate and those it hangs on, for https ($SETPOINT_TLS_CERT)")
    add("--tls-key", help="a file with the certificate's key ($SETPOINT_TLS_KEY)")
    add("--trusted-proxies", help="proxies to believe where a request came from ($SETPOINT_TRUSTED_PROXIES)")
    add("--grace-seconds", help="for requests in flight at the end ($SETPOINT_GRACE_SECONDS; 8)")
    switch = partial(add, action="store_const", const="true")
    switch("--require-sync", help="only PostgreSQL that waits for a standby at each commit ($SETPOINT_REQUIRE_SYNC)")
    add("--log-format", help="human, or json for machines ($SETPOINT_LOG_FORMAT; human)")
    add("--log-level", help="debug, info, warning or error ($SETPOINT_LOG_LEVEL; warning)")
    switch("--access-log", help="log every request ($SETPOINT_ACCESS_LOG)")
    switch("--auth", help="ask for tokens on this machine too, where others work on it ($SETPOINT_AUTH)")
    switch("--no-auth", help="ask for no tokens, although other machines are served ($SETPOINT_NO_AUTH)")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop. 0 at the end of it; 2 where it could not begin, 1 where it could not go on."""
    try:
        server()(read(vars(options), os.environ))
    except SetpointError as refusal:
        print(f"setpoint serve: {refusal}", file=sys.stderr)
        return 1 if refusal.code == "lost" else 2
    return 0


def server() -> Callable[[Settings], None]:
    """What serves.

    Raises:
        Misuse: the packages of the `server` extra are not installed.
    """
    gc.disable()  # nothing that an import leaves is garbage: to look for some takes a tenth of the start
    try:
        with extra.server():
            from setpoint.server.serve import serve
    finally:
        gc.freeze()
        gc.set_threshold(*_GARBAGE_AFTER)
        gc.enable()
    return serve
