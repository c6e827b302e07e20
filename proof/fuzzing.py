"""The process in which specs are fuzzed: `python -m proof.fuzzing FILE EXECUTIONS SECONDS SEED`; FILE gets the outcome.

atheris follows which lines a spec leads through, and changes further those that led through new ones.
"""

import json
import os
import random
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn, cast

import atheris

with cast(Any, atheris).instrument_imports(include=["setpoint.api.strict", "setpoint.errors", "setpoint.schedules"]):
    from proof.fuzz import Outcome, tried
    from proof.specs import EXAMPLES, changed

LONGEST = 4096
_LOOK_EVERY = 256
_KEPT_EVERY = 10_000
_SECONDS_EACH = 30


def main(file: Path, executions: int, seconds: float, seed: int) -> NoReturn:
    """Try that many, or for so long."""
    outcome, ends = Outcome(), monotonic() + seconds

    def keep() -> None:
        whole = file.with_suffix(".part")
        whole.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
        whole.replace(file)

    def end() -> NoReturn:
        keep()
        os._exit(0)  # the fuzzer itself ends so, and knows no other way

    def one(content: bytes) -> None:
        tried(content, outcome)
        if outcome.tried % _KEPT_EVERY == 0:
            keep()
        if outcome.tried >= executions or (outcome.tried % _LOOK_EVERY == 0 and monotonic() > ends):
            end()

    def mutated(content: bytes, most: int, number: int) -> bytes:
        return changed(content, random.Random(number))[:most]

    with tempfile.TemporaryDirectory() as folder:
        for i, example in enumerate(EXAMPLES):
            (Path(folder) / str(i)).write_text(example, encoding="utf-8")
        flags = [f"-seed={seed}", f"-max_len={LONGEST}", f"-timeout={_SECONDS_EACH}", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={file}.", folder], one, custom_mutator=mutated)
        with suppress(KeyboardInterrupt):
            atheris.Fuzz()
        end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
