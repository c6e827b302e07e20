"""A history of as many observations as wanted, all of them right: how long the checker takes over it."""

import random
from time import process_time

from proof.checker import check
from proof.figure import Figure, told
from proof.history import Asked, History, Source, Stored, Value
from proof.planted import PLANTED

EPOCHS = 10_000


def large(observations: int, seed: int = 1) -> History:
    """Workers that were given the epochs of one run in any order, every one of them the same bits."""
    chance = random.Random(seed)
    history = History()
    history.stored.append(Stored(0, 1, "created", 1))
    history.stored += [Stored(0, i + 2, "sealed", 1, i, i + 1, 1) for i in range(EPOCHS)]
    history.asked.append(Asked(0, 1, EPOCHS, 0))
    bits = [chance.getrandbits(62) for _ in range(EPOCHS)]
    for epoch in range(EPOCHS):
        history.values.add(Value(0, 1, epoch, bits[epoch], 10, 11, Source.STORE, version=1))
    for time in range(observations - EPOCHS):
        epoch = chance.randrange(EPOCHS)
        history.values.add(Value(0, 1, epoch, bits[epoch], time, time + 1))
    return history


def run(observations: int = 1_000_000) -> list[Figure]:
    """What the checker finds in twenty bad histories, and how fast it reads a good one."""
    found = sum({each.invariant for each in check(bad.history())} == {bad.invariant} for bad in PLANTED)
    history = large(observations)
    start = process_time()
    violations = check(history)
    seconds = process_time() - start
    return [
        Figure("checker", "planted bad histories found", f"{found} of 20", "20 of 20", found == len(PLANTED) == 20),
        told("checker", f"CPU seconds for {observations:,} observations", round(seconds, 2)),
        Figure("checker", "violations in a good history", len(violations), "0", not violations),
    ]
