"""`setpoint openapi`: the OpenAPI document of the service.

The api is reached inside a function: a client does without it and its packages.
"""

import argparse
import sys

from setpoint.cli import extra


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON document, which it is anyway")


def run(options: argparse.Namespace) -> int:
    """Print the document, as /openapi.json serves it.

    Raises:
        Misuse: the packages of the `server` extra are not installed.
    """
    with extra.server():
        from setpoint.api import app, openapi
    sys.stdout.write(openapi.text(app.documented()))
    return 0
