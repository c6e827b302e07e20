"""The documented interface, asked by schemathesis: briefly here, at length in `make proof`."""

from proof.interface import asked


def test_every_operation_is_answered_as_documented_and_needs_its_token() -> None:
    found = asked(guarded=True, examples=1, seed=1, phases="examples,fuzzing")

    assert found.failures == []
    assert found.faults == 0
    assert len(found.operations) == found.documented > 30
