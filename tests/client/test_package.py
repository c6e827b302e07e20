"""What `import setpoint` gives, and what it does without."""

import subprocess
import sys

import pytest

import setpoint
from setpoint import Run, errors
from setpoint.errors import SetpointError


def test_the_package_gives_the_run_and_every_error_by_name() -> None:
    assert setpoint.Run is Run
    assert all(getattr(setpoint, kind.__name__) is kind for kind in errors.kinds(SetpointError) if _is_own(kind))
    with pytest.raises(AttributeError, match="has no attribute 'Fault'"):
        _ = setpoint.Fault


def _is_own(kind: type[SetpointError]) -> bool:
    return kind.__module__ == errors.__name__


def test_to_import_the_package_or_join_a_run_needs_no_server_and_no_framework() -> None:
    program = (
        "import sys, setpoint; assert 'httpx' not in sys.modules; setpoint.Run;"
        "bad = {'numpy', 'httpx', 'fastapi', 'orjson', 'pydantic', 'setpoint.schedules'} & set(sys.modules);"
        "print(bad)"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)

    assert ended.stdout == "set()\n"
