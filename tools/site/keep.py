"""Keeps figures for the pages and the README: documents that `--json` wrote, each with its machine and its date.

python -m tools.site.keep proof proof.json
python -m tools.site.keep bench out/hot.json out/others.json

What is kept of the same proofs or benchmarks is replaced; all else stays, with the date that it has.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.site.figures import KINDS, Document, digest, file, kept

README = Path(__file__).parents[2] / "README.md"
PLACE = re.compile(r"(<!-- figures -->\n).*?(<!-- end -->)", re.DOTALL)


def merged(documents: Sequence[Document], found: Document) -> list[Document]:
    """The documents, with what was found in place of the same in them."""
    older = [
        {**each, "figures": {name: rows for name, rows in each["figures"].items() if name not in found["figures"]}}
        for each in documents
    ]
    return [each for each in [*older, found] if each["figures"]]


def with_figures(readme: str) -> str:
    """The README, with the figures that are kept."""
    return PLACE.sub(lambda place: f"{place[1]}\n{digest()}\n\n{place[2]}", readme)


def keep(kind: str, sources: Sequence[Path], *, anew: bool = False) -> None:
    documents = [] if anew else kept(kind)
    for source in sources:
        documents = merged(documents, json.loads(source.read_text(encoding="utf-8")))
    file(kind).parent.mkdir(exist_ok=True)
    file(kind).write_text(json.dumps(documents, indent=1) + "\n", encoding="utf-8")
    README.write_text(with_figures(README.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m tools.site.keep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=KINDS, help="what printed them")
    parser.add_argument("sources", nargs="+", type=Path, metavar="FILE", help="what it wrote with --json")
    parser.add_argument("--anew", action="store_true", help="keep nothing of what was kept before")
    options = parser.parse_args()
    keep(options.kind, options.sources, anew=options.anew)
    return 0


if __name__ == "__main__":
    sys.exit(main())
