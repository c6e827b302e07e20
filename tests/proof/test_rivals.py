"""Other ways to share a rate that is changed split the workers; sealing does not."""

from proof import rivals
from proof.rivals import Moments


def test_polling_and_asking_split_the_workers_and_sealing_never_does() -> None:
    figures = rivals.run(repeats=2)

    assert [figure for figure in figures if not figure.ok] == []


def test_a_change_between_two_workers_of_one_epoch_splits_those_who_ask() -> None:
    moments = Moments(starts=[[0.0, 0.0], [10.0, 12.0], [20.0, 20.0]], changes=[11.0])

    assert rivals.by_asking(moments) == [[0, 0], [0, 1], [1, 1]]
    assert rivals.splitting(rivals.by_asking(moments)) == 1
    assert rivals.by_sealing(moments) == [[1, 1], [1, 1], [2, 2]]
    assert rivals.splitting(rivals.by_sealing(moments)) == 0
