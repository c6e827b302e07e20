"""What the proofs have found, each as a test of its own; the table is in docs/track-record.md."""

import pytest
from pydantic import TypeAdapter

from setpoint.journal import codec
from setpoint.runs.change import AnyChange, Change
from setpoint.runs.event import Changed
from setpoint.wire.change import asked

_change: TypeAdapter[Change] = TypeAdapter(AnyChange)


@pytest.mark.parametrize(
    "sent",
    [
        {"op": "scale", "factor": 0.5, "epoch": 19},
        {"op": "decay", "epochs": 6, "final_lr": 0.002},
        {"op": "replace", "schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5}, "groups": ["lr"]},
    ],
    ids=lambda sent: str(sent["op"]),
)
def test_a_receipt_that_is_repeated_after_a_restart_tells_of_the_same_request(sent: dict[str, object]) -> None:
    event = Changed(1, _change.validate_python(sent), 1, 20, 2, (0.1,), (0.05,))

    restored = codec.decode(event.kind, codec.encode(event))

    assert isinstance(restored, Changed)
    assert asked(restored.change) == asked(event.change)
