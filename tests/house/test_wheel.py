"""The wheel as users get it: installed alone in an environment of its own, far from the source."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = """
import json, sys
import setpoint, setpoint.cli.main, setpoint.interop, setpoint.plateau, setpoint.plotting
import setpoint.schedules, setpoint.settings
print(json.dumps([setpoint.__file__, *sorted({name.split(".")[0] for name in sys.modules})]))
"""
SERVER = {"apsw", "asyncpg", "fastapi", "httptools", "numpy", "orjson", "starlette", "uvicorn", "uvloop"}


def done(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("dist")
    built = done(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment in which the wheel was installed with no extra."""
    folder = tmp_path_factory.mktemp("bare")
    programs = folder / "bin"
    uv, only = shutil.which("uv"), ("--quiet", "--only-binary", ":all:")
    if uv is not None:  # which takes a tenth of the time
        done(uv, "venv", "--quiet", "--python", sys.executable, folder, folder=folder)
        installed = done(uv, "pip", "install", *only, "--python", programs / "python", wheel, folder=folder)
    else:
        done(sys.executable, "-m", "venv", folder, folder=folder)
        installed = done(programs / "python", "-m", "pip", "install", *only, wheel, folder=folder)
    assert installed.returncode == 0, installed.stderr
    return programs


def test_the_wheel_holds_the_package_and_nothing_beside_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names} == {"setpoint", "setpoint-0.1.0.dist-info"}
    assert {"setpoint/py.typed", "setpoint-0.1.0.dist-info/licenses/LICENSE"} <= set(names)


def test_the_wheel_holds_every_file_of_the_source(wheel: Path) -> None:
    source = ROOT / "service"
    files = {str(path.relative_to(source)) for path in source.rglob("*.*") if path.suffix != ".pyc"}

    assert files <= set(zipfile.ZipFile(wheel).namelist())


def test_the_client_part_is_imported_with_no_extra_installed(bare: Path) -> None:
    imported = done(bare / "python", "-I", "-c", CLIENT, folder=bare)

    assert imported.returncode == 0, imported.stderr
    origin, *packages = json.loads(imported.stdout)
    assert Path(origin).is_relative_to(bare.parent)
    assert not SERVER & set(packages)


def test_serving_without_the_extra_says_which_to_install(bare: Path) -> None:
    served = done(bare / "setpoint", "serve", folder=bare)

    assert served.returncode == 2
    assert served.stderr == ("setpoint serve: the service needs more than the client: pip install 'setpoint[server]'\n")
