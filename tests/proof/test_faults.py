"""A disk that fails: no value is wrong, and a failed sync is the end of the process."""

from proof import faults


def test_a_disk_that_fails_at_some_call_makes_no_value_wrong_and_a_failed_sync_ends_the_service() -> None:
    figures = faults.run(stride=43)

    assert [figure for figure in figures if not figure.ok] == []
