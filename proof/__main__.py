"""Every proof in full, or those that are named: `python -m proof [--json FILE] [--part 0.1] [PROOF ...]`."""

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from proof import (
    disk,
    failover,
    faults,
    flips,
    fuzz,
    interface,
    kills,
    large,
    mutants,
    parted,
    patroni,
    power,
    properties,
    reconnects,
    rivals,
    soak,
)
from proof.figure import Figure, table, told
from proof.store import OnPostgres
from tools.stamp import stamp


def _part(count: int, part: float) -> int:
    return max(1, round(count * part))


PROOFS: Mapping[str, Callable[[float], list[Figure]]] = {
    "checker": lambda part: large.run(),
    "kills": lambda part: kills.run(_part(1000, part)),
    "replicas": lambda part: [
        *kills.run(_part(250, part), store=OnPostgres(2)),
        *kills.run(_part(250, part), store=OnPostgres(3), first_seed=1001),
    ],
    "failover": lambda part: failover.run(_part(50, part), _part(10, part)),
    "parted": lambda part: parted.run(_part(50, part)),
    "patroni": lambda part: patroni.run(),
    "power": lambda part: power.run(_part(10_000, part), recordings=_part(10, part)),
    "disk": lambda part: disk.run(_part(5, part)),
    "faults": lambda part: faults.run(stride=max(1, round(1 / part))),
    "flips": lambda part: flips.run(_part(1000, part)),
    "reconnects": lambda part: reconnects.run(_part(1000, part)),
    "interface": lambda part: interface.run(_part(100, part)),
    "rivals": lambda part: rivals.run(_part(20, max(part, 0.1))),  # of fewer changes GETs may split none
    "fuzz": lambda part: fuzz.run(_part(10_000_000, part)),
    "soak": lambda part: soak.run(1800 * part),
    "mutants": lambda part: mutants.run(),
    "properties": lambda part: properties.run(_part(1_000_000, part)),
}
"""By name: how much of it is wanted (1: all) to its figures."""


def main(words: Sequence[str]) -> int:
    """Run them; 0 where every figure is as required. Ctrl-C ends them, and what was found by then is told."""
    options = _read(words)
    names, figures = options.proofs or list(PROOFS), dict[str, list[Figure]]()
    printed = stamp(_command(options.proofs, options.part))
    code = 0
    for i, name in enumerate(names, 1):
        print(f"== {name}, {i} of {len(names)}", flush=True)
        start = perf_counter()
        try:
            found = _found(name, options.part)
        except KeyboardInterrupt as stop:
            found = [*getattr(stop, "figures", ()), Figure(name, "interrupted", "yes", "no", ok=False)]
            code = 130
        figures[name] = [*found, told(found[0].proof, "seconds", round(perf_counter() - start))]
        if options.json is not None:
            _write(options.json, printed, figures)
        if code:
            break
    every = [each for found in figures.values() for each in found]
    print(table(every))
    return code or (0 if all(each.ok for each in every) else 1)


def _found(name: str, part: float) -> list[Figure]:
    """The figures of a proof; where it broke, that it did: those after it are run all the same."""
    try:
        return PROOFS[name](part)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and counts as a proof that failed
        traceback.print_exc()
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        return [Figure(name, "ended by an error", why, "none", ok=False)]


def _command(proofs: Sequence[str], part: float) -> str:
    return " ".join(["python -m proof", *proofs, *([f"--part {part:g}"] if part != 1 else [])])


def _write(path: Path, printed: Mapping[str, object], figures: Mapping[str, Sequence[Figure]]) -> None:
    plain = {name: [each.plain() for each in found] for name, found in figures.items()}
    path.write_text(json.dumps({**printed, "figures": plain}, indent=2) + "\n", encoding="utf-8")


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m proof", description=__doc__)
    parser.add_argument("proofs", nargs="*", choices=[[], *PROOFS], metavar="PROOF", help=", ".join(PROOFS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--part", type=float, default=1.0, help="how much of each: 0.1 is a tenth (1)")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
