"""A process that tells which contracts each of several trees breaks.

Its arguments are pyproject.toml and the trees, none of which is imported; it prints a JSON list of lists of names.
"""

import json
import sys
from contextlib import redirect_stdout
from importlib import invalidate_caches
from io import StringIO

from importlinter.cli import lint_imports


def broken(settings: str, tree: str) -> list[str]:
    """The names of the contracts of `settings` that `tree` breaks."""
    sys.path[0] = tree
    invalidate_caches()
    with redirect_stdout(StringIO()) as printed:
        failed = lint_imports(config_filename=settings, no_cache=True, no_logo=True)
    names = [line.split(" BROKEN")[0] for line in printed.getvalue().splitlines() if " BROKEN" in line]
    if bool(names) != bool(failed):
        raise SystemExit(f"{tree}: {printed.getvalue()}")
    return names


if __name__ == "__main__":
    settings, *trees = sys.argv[1:]
    print(json.dumps([broken(settings, tree) for tree in trees]))
