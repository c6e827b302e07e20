"""How far each worker is, whatever order it is told in, and however many there are."""

from hypothesis import given
from hypothesis import strategies as st

from setpoint.runs.reports import Reports

WORKERS = st.sampled_from([f"w{i}" for i in range(2000)])
STEPS = st.lists(st.tuples(WORKERS, st.none() | st.integers(0, 9)), max_size=60)


@given(STEPS)
def test_they_are_what_a_dictionary_would_be(steps: list[tuple[str, int | None]]) -> None:
    reports, expected = Reports(), dict[str, int]()

    for worker, epoch in steps:
        if epoch is None:
            reports, expected = reports.without(worker), {w: e for w, e in expected.items() if w != worker}
        else:
            reports, expected = reports.reported(worker, epoch), {**expected, worker: epoch}

        assert dict(reports.items()) == expected
        assert sorted(reports) == sorted(expected)
        assert len(reports) == len(expected)
        assert all(reports.get(w) == expected.get(w) for w, _ in steps)
        assert not expected or reports.least() == min(expected.values())


def test_a_further_report_leaves_what_was_known_before_as_it_was() -> None:
    before = Reports().reported("rank0", 3).reported("rank1", 4)

    after = before.reported("rank0", 5).without("rank1")

    assert dict(before.items()) == {"rank0": 3, "rank1": 4}
    assert dict(after.items()) == {"rank0": 5}
    assert before != after


def test_where_nobody_was_nobody_leaves() -> None:
    assert Reports().without("rank0") == Reports()
