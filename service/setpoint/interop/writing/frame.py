"""A snippet put together: what it is and how to use it, imports, body."""

import re
from collections.abc import Iterable, Sequence

_STANDARD = {
    r"\bmath\.": "import math",
    r"\bbisect_left\(": "from bisect import bisect_left",
    r"\bbisect_right\(": "from bisect import bisect_right",
}


def snippet(kind: str, use: str, imports: Iterable[str], blocks: Sequence[str]) -> str:
    """The code of a complete file. The standard library's imports are found out from `blocks`."""
    body = "\n\n\n".join(blocks)
    standard = [line for pattern, line in _STANDARD.items() if re.search(pattern, body)]
    groups = ["\n".join(sorted(group, key=_sorted_by)) for group in (standard, list(imports)) if group]
    title = f'"""Learning-rate schedule "{kind}", written by Setpoint.\n\n{use.strip()}\n"""'
    return "\n\n".join([title, *groups]) + "\n\n" + _separated(blocks) + "\n"


def _sorted_by(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def _separated(blocks: Sequence[str]) -> str:
    """Two empty lines around a definition, one between statements."""
    text = ""
    for before, block in zip(("", *blocks), blocks, strict=False):
        if block.startswith(("def ", "class ", "@")):
            text += "\n" if not before else "\n\n\n"
        elif before:
            text += "\n\n\n" if _ends_in_definition(before) else "\n"
        text += block
    return text


def _ends_in_definition(block: str) -> bool:
    return block.splitlines()[-1].startswith(" ")
