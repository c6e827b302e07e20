"""The bill of materials names all that the image installs."""

from pathlib import Path

from setpoint import __version__
from tools import sbom

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "locks/server.txt").read_text(encoding="utf-8")


def test_every_pin_of_the_lock_is_a_component_with_the_hashes_it_is_held_to() -> None:
    told = sbom.document(LOCK)

    pins = [line for line in LOCK.splitlines() if "==" in line and not line.startswith(("#", " "))]
    hashes = [entry["externalReferences"][0]["hashes"] for entry in told["components"]]
    assert len(told["components"]) == len(pins) > 20
    assert sum(map(len, hashes)) == LOCK.count("--hash=sha256:")
    assert all(hashes)
    assert "pkg:pypi/fastapi@" in "".join(entry["purl"] for entry in told["components"])


def test_it_is_of_this_version_and_the_same_each_time() -> None:
    told = sbom.document(LOCK)

    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["purl"] == f"pkg:pypi/setpoint@{__version__}"
    assert told == sbom.document(LOCK)
    assert told["serialNumber"] != sbom.document(LOCK + "\n")["serialNumber"]


def test_nothing_is_named_twice() -> None:
    references = [entry["bom-ref"] for entry in sbom.document(LOCK)["components"]]

    assert len(references) == len(set(references))
