"""What the service consists of, as CycloneDX 1.6: each package of a lock, with the hashes of its files.

    python -m tools.sbom locks/server.txt > sbom.json

Made from the lock alone, so the same lock makes the same bytes; the image installs these and nothing else.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from setpoint import __version__

_PIN = re.compile(r"^([a-z0-9-]+)==(\S+?)(?: ; (.+?))?(?: \\)?$")
_HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})")


def document(lock: str) -> dict[str, Any]:
    """The bill of materials of `lock`, the text of a lock."""
    parts = list(components(lock))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, __version__ + lock)}",
        "version": 1,
        "metadata": {"component": _component("setpoint", __version__, kind="application")},
        "components": parts,
        "dependencies": [{"ref": _purl("setpoint", __version__), "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def components(lock: str) -> Iterator[dict[str, Any]]:
    """Each package that is pinned."""
    hashes = list[dict[str, str]]()
    for line in lock.splitlines():
        if pin := _PIN.match(line):
            hashes = []
            part = _component(pin[1], pin[2])
            part["externalReferences"] = [{"type": "distribution", "url": part["purl"], "hashes": hashes}]
            if pin[3]:
                part["properties"] = [{"name": "setpoint:marker", "value": pin[3]}]
            yield part
        elif found := _HASH.match(line):
            hashes.append({"alg": "SHA-256", "content": found[1]})


def _component(name: str, version: str, kind: str = "library") -> dict[str, Any]:
    purl = _purl(name, version)
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


if __name__ == "__main__":
    json.dump(document(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.stdout, indent=2)
    print()
