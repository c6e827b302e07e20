"""The soak, for a moment: runs come and go, everybody is answered, those who watch are told."""

import asyncio

from proof import soak
from proof.soak import EPOCHS, RUNS, Samples, Trainings


def test_all_are_answered_while_others_watch() -> None:
    figures = {figure.what: figure for figure in soak.run(seconds=3, rate=50)}

    assert figures["check-ins that were not answered well"].value == 0
    assert figures["check-ins"].value == 150
    assert int(figures["events that 200 watchers were told"].value) > 100


def test_runs_end_and_others_begin() -> None:
    trainings = Trainings()
    first = set(trainings.names)

    asked = [trainings.next() for _ in range(12 * RUNS * EPOCHS)]

    assert first.isdisjoint(trainings.names)
    assert sum(b"finished" in each for each in asked) > RUNS / 2


def test_what_grows_is_seen_to_grow() -> None:
    assert Samples.quarters([*range(100)]) == (37, 87)
    assert Samples.quarters([5] * 100) == (5, 5)


def test_samples_are_of_the_process() -> None:
    import os

    samples = Samples(os.getpid())

    async def once() -> None:
        task = asyncio.create_task(samples.take())
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(once())
    assert samples.memory[0] > 1000
    assert samples.descriptors[0] > 2
