"""Disks that are full, read-only, or not what they were."""

import pytest

from proof import disk, flips


@pytest.mark.skipif(not disk.can_mount(), reason="a small disk can't be mounted here")
def test_a_full_disk_answers_sealed_rates_refuses_writes_and_goes_on_by_itself() -> None:
    figures = disk.run(rounds=2)

    assert [figure for figure in figures if not figure.ok] == []


def test_a_flipped_bit_in_any_column_of_any_table_is_found_and_does_no_harm() -> None:
    figures = flips.run(anywhere=20)

    assert [figure for figure in figures if not figure.ok] == []
