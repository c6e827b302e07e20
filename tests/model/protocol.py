"""The sealing protocol in small: two workers, two replicas with caches over one store, an operator, crashes.

All that can happen is a step, and every order of steps is tried. A state is a plain tuple, so that it can be met again.
`Flaws` plant one mistake each. Values are numbers that rise with the version of the plan they come from, so that two
answers agree only where the same plan gave them.
"""

from collections.abc import Iterator
from typing import NamedTuple

EPOCHS = 2
WORKERS = (0, 1)


class Flaws(NamedTuple):
    """The mistakes that an implementation may make; none is the protocol as it is meant."""

    replies_before_commit: bool = False
    upserts: bool = False
    change_rewrites_sealed: bool = False
    seals_without_prefix: bool = False
    trusts_cached_plan: bool = False
    trusts_cached_attempt: bool = False
    rolls_back_in_place: bool = False
    reads_standby: bool = False
    does_not_sync: bool = False


SOUND = Flaws()


class Attempt(NamedTuple):
    parent: int
    first: int
    sealed: tuple[tuple[int, int, int], ...]  # (epoch, value, plan version), by epoch
    plan: tuple[tuple[int, int], ...]  # (effective epoch, value): the last that applies counts


class Store(NamedTuple):
    attempts: tuple[Attempt, ...]
    version: int

    @property
    def now(self) -> Attempt:
        return self.attempts[-1]


class Replica(NamedTuple):
    """A process: what it believes, and the transaction it has in hands."""

    cache: Store  # what it heard last
    open: tuple[int, int, int, int] | None  # (worker, attempt, epoch, plan version that was read)
    decided: Store | None  # what it is about to commit
    alive: bool


class Worker(NamedTuple):
    attempt: int
    epoch: int
    asking: bool
    since: int  # changes that were acknowledged when it asked


class State(NamedTuple):
    durable: Store  # survives a power failure
    store: Store  # as the processes see it
    standby: Store  # a copy that lags
    replicas: tuple[Replica, ...]
    workers: tuple[Worker, ...]
    told: tuple[tuple[int, int, int], ...]  # (attempt, epoch, value) that workers were told are sealed
    acknowledged: tuple[tuple[int, int, int], ...]  # (attempt, effective epoch, value) of changes
    acted: tuple[int, ...]  # what the operator did: 1 a change, 2 a rollback
    crashes: int
    repeats: int
    broken: str  # the invariant that was broken, or ""


def frontier(attempt: Attempt) -> int:
    """The first epoch that is not sealed, taking no prefix for granted."""
    return attempt.sealed[-1][0] + 1 if attempt.sealed else 0


def planned(plan: tuple[tuple[int, int], ...], epoch: int) -> int:
    return [value for start, value in plan if start <= epoch][-1]


def start() -> State:
    store = Store((Attempt(0, 0, (), ((0, 10),)),), 1)
    replica = Replica(store, None, None, True)
    workers = tuple(Worker(1, epoch, False, 0) for epoch in WORKERS)  # one is ahead, by a window of one epoch
    return State(store, store, store, (replica,) * 2, workers, (), (), (), 0, 0, "")


def steps(state: State, flaws: Flaws) -> Iterator[tuple[str, State]]:
    """Everything that can happen next."""
    for i in WORKERS:
        yield from _worker(state, i)
    for i in range(len(state.replicas)):
        yield from _replica(state, i, flaws)
    yield from _operator(state, flaws)
    yield from _world(state, flaws)


# Workers


def _worker(state: State, i: int) -> Iterator[tuple[str, State]]:
    worker = state.workers[i]
    if not worker.asking and worker.epoch < EPOCHS:
        asking = worker._replace(asking=True, since=len(state.acknowledged))
        yield f"worker {i} asks for epoch {worker.epoch}", _with_worker(state, i, asking)
    if not worker.asking and worker.epoch > 0 and state.repeats < 1:
        again = worker._replace(asking=True, epoch=worker.epoch - 1, since=len(state.acknowledged))
        yield f"worker {i} asks again", _with_worker(state, i, again)._replace(repeats=state.repeats + 1)
    if not worker.asking and worker.attempt < len(state.store.attempts):
        joined = Worker(len(state.store.attempts), state.store.now.first, False, 0)
        yield f"worker {i} is restarted", _with_worker(state, i, joined)


def _with_worker(state: State, i: int, worker: Worker) -> State:
    return state._replace(workers=(*state.workers[:i], worker, *state.workers[i + 1 :]))


def _answered(state: State, i: int, attempt: int, epoch: int, value: int) -> State:
    """Worker `i` is told that `value` is sealed; what that breaks is noted."""
    if any((number, at) == (attempt, epoch) and other != value for number, at, other in state.told):
        return state._replace(broken="I1")
    worker = state.workers[i]
    told = tuple(sorted({*state.told, (attempt, epoch, value)}))
    moved = worker._replace(asking=False, epoch=epoch + 1, since=0)
    return _with_worker(state, i, moved)._replace(told=told)


# Replicas


def _with_replica(state: State, i: int, replica: Replica) -> State:
    """Replicas are alike: in which order they stand makes no other state."""
    replicas = (*state.replicas[:i], replica, *state.replicas[i + 1 :])
    return state._replace(replicas=tuple(sorted(replicas, key=lambda each: (each.alive, each.open or (), each.cache))))


def _replica(state: State, i: int, flaws: Flaws) -> Iterator[tuple[str, State]]:
    replica = state.replicas[i]
    if not replica.alive:
        return
    if replica.open is None:
        for w in WORKERS:
            worker = state.workers[w]
            busy = any(other.open is not None and other.open[0] == w for other in state.replicas)
            if worker.asking and not busy:
                yield f"replica {i} decides on worker {w}'s question", _taken(state, i, w, flaws)
    elif replica.decided is not None:
        yield f"replica {i} commits", _committed(state, i, flaws)
    else:
        yield f"replica {i} replies", _replied(state, i)


def _taken(state: State, i: int, w: int, flaws: Flaws) -> State:
    """A question arrives: what is sealed is answered at once, the rest is made up in a transaction."""
    worker, replica = state.workers[w], state.replicas[i]
    seen = state.standby if flaws.reads_standby else state.store
    number = len(replica.cache.attempts if flaws.trusts_cached_attempt else state.store.attempts)
    if worker.attempt < number:
        return _with_worker(state, w, worker._replace(asking=False, epoch=EPOCHS))  # told that it is stale
    if worker.attempt > len(seen.attempts):
        return _with_worker(state, w, worker._replace(asking=False))  # asks again later
    for epoch, value, _ in seen.attempts[worker.attempt - 1].sealed:
        if epoch == worker.epoch:
            return _answered(state, w, worker.attempt, epoch, value)
    return _decided(state, i, w, seen, flaws)


def _decided(state: State, i: int, w: int, seen: Store, flaws: Flaws) -> State:
    """The transaction has read the plan, and makes up the rows."""
    replica, worker = state.replicas[i], state.workers[w]
    number, epoch, attempt = worker.attempt, worker.epoch, seen.attempts[worker.attempt - 1]
    plan, version = attempt.plan, seen.version
    if flaws.trusts_cached_plan and number <= len(replica.cache.attempts):
        plan, version = replica.cache.attempts[number - 1].plan, replica.cache.version
    first = epoch if flaws.seals_without_prefix else frontier(attempt)
    rows = [(each, planned(plan, each), version) for each in range(first, epoch + 1)]
    sealed = tuple(sorted({row[0]: row for row in (*attempt.sealed, *rows)}.values()))
    attempts = (*seen.attempts[: number - 1], attempt._replace(sealed=sealed), *seen.attempts[number:])
    after = seen._replace(attempts=attempts)
    state = _with_replica(state, i, replica._replace(open=(w, number, epoch, seen.version), decided=after))
    if flaws.replies_before_commit:
        return _answered(state, w, number, epoch, _value(after, number, epoch))
    return state


def _value(store: Store, number: int, epoch: int) -> int:
    [value] = [value for at, value, _ in store.attempts[number - 1].sealed if at == epoch]
    return value


def _committed(state: State, i: int, flaws: Flaws) -> State:
    """Optimistic: the rows go in only where nothing was written since they were made up."""
    replica = state.replicas[i]
    assert replica.open is not None and replica.decided is not None  # noqa: PT018 - narrows the types
    w, number, _, _ = replica.open
    idle = replica._replace(open=None, decided=None)
    if not _may_commit(state, replica, flaws):
        return _with_replica(state, i, idle)  # the worker goes on asking
    store = _merged(state.store, replica.decided, number, upserts=flaws.upserts)
    fresh = [row for row in store.attempts[number - 1].sealed if row not in state.store.attempts[number - 1].sealed]
    broken = _no_prefix(store) or _fenced(state.store, number) or _ungoverned(state, w, number, fresh)
    after = idle if flaws.replies_before_commit else replica._replace(decided=None)
    state = _with_replica(state, i, after)._replace(store=store, broken=broken)
    return state if flaws.does_not_sync else state._replace(durable=store)


def _replied(state: State, i: int) -> State:
    """What was committed is told; it may be another's row, where rows can be replaced."""
    replica = state.replicas[i]
    assert replica.open is not None
    w, number, epoch, _ = replica.open
    state = _with_replica(state, i, replica._replace(open=None))
    if epoch not in [at for at, _, _ in state.store.attempts[number - 1].sealed]:
        return state  # only a rollback in place takes rows away; the worker goes on asking
    return _answered(state, w, number, epoch, _value(state.store, number, epoch))


def _may_commit(state: State, replica: Replica, flaws: Flaws) -> bool:
    """The rows were made up for what is there still: the same plan and attempt, and no row that they would meet."""
    assert replica.open is not None and replica.decided is not None  # noqa: PT018 - narrows the types
    _, number, _, version = replica.open
    is_current = number == len(state.store.attempts) or flaws.trusts_cached_attempt
    is_same_plan = version == state.store.version or flaws.upserts or flaws.reads_standby or flaws.trusts_cached_attempt
    return is_current and is_same_plan and (flaws.upserts or _extends(state.store, replica.decided, number))


def _extends(there: Store, after: Store, number: int) -> bool:
    """Whether no row is there that the new ones would meet."""
    rows = there.attempts[number - 1].sealed
    new = after.attempts[number - 1].sealed
    return rows == new[: len(rows)] and len(new) > len(rows)


def _merged(there: Store, after: Store, number: int, *, upserts: bool) -> Store:
    """The rows alone, laid over what is there: an upsert replaces those that it meets."""
    attempt, rows = there.attempts[number - 1], after.attempts[number - 1].sealed
    sealed = tuple(sorted({row[0]: row for row in (*(attempt.sealed if upserts else ()), *rows)}.values()))
    return there._replace(
        attempts=(*there.attempts[: number - 1], attempt._replace(sealed=sealed), *there.attempts[number:])
    )


# What must never be


def _retroaction(before: Store, after: Store) -> str:
    """A sealed row that a change made another."""
    for old, new in zip(before.attempts, after.attempts, strict=False):
        there = {epoch: value for epoch, value, _ in new.sealed}
        if any(there.get(epoch) != value for epoch, value, _ in old.sealed):
            return "I3"
    return ""


def _no_prefix(store: Store) -> str:
    for attempt in store.attempts:
        versions = [version for _, _, version in attempt.sealed]
        if [row[0] for row in attempt.sealed] != list(range(len(attempt.sealed))) or versions != sorted(versions):
            return "I4"
    return ""


def _ungoverned(state: State, w: int, number: int, fresh: list[tuple[int, int, int]]) -> str:
    """An epoch that a question sealed by an older plan than the question could know of. Values rise with the plan."""
    known = state.acknowledged[: state.workers[w].since]
    stale = any(
        at == number and epoch >= first and value < new for at, first, new in known for epoch, value, _ in fresh
    )
    return "I5" if stale else ""


def _fenced(before: Store, number: int) -> str:
    return "I7" if number < len(before.attempts) else ""


# The operator, and the world


def _operator(state: State, flaws: Flaws) -> Iterator[tuple[str, State]]:
    if 1 not in state.acted:
        yield "the operator changes the plan", _changed(state, flaws)
    if 2 not in state.acted and frontier(state.store.now) > 0:
        yield "the operator goes back to epoch 0", _rolled_back(state, flaws)


def _changed(state: State, flaws: Flaws) -> State:
    now = state.store.now
    epoch, value = frontier(now), 10 * (state.store.version + 1)
    if flaws.change_rewrites_sealed:
        epoch = max(epoch - 1, 0)
        now = now._replace(sealed=tuple(row for row in now.sealed if row[0] < epoch))
    after = Store((*state.store.attempts[:-1], now._replace(plan=(*now.plan, (epoch, value)))), state.store.version + 1)
    acknowledged = (*state.acknowledged, (len(after.attempts), epoch, value))
    return _operated(state, after, flaws, 1)._replace(acknowledged=acknowledged)


def _rolled_back(state: State, flaws: Flaws) -> State:
    now, number, version = state.store.now, len(state.store.attempts), state.store.version + 1
    plan = (*now.plan, (0, 10 * version))
    if flaws.rolls_back_in_place:
        after = Store((*state.store.attempts[:-1], now._replace(sealed=(), plan=plan)), version)
        return _operated(state, after, flaws, 2)
    after = Store((*state.store.attempts, Attempt(number, 0, (), plan)), version)
    return _operated(state, after, flaws, 2)


def _operated(state: State, after: Store, flaws: Flaws, what: int) -> State:
    broken = _retroaction(state.store, after)
    if flaws.rolls_back_in_place:
        broken = ""  # no change: what is looked for is that workers are told two values
    state = state._replace(store=after, broken=broken, acted=tuple(sorted((*state.acted, what))))
    return state if flaws.does_not_sync else state._replace(durable=after)


def _world(state: State, flaws: Flaws) -> Iterator[tuple[str, State]]:
    if state.standby != state.store and flaws.reads_standby:
        yield "the standby catches up", state._replace(standby=state.store)
    if flaws.does_not_sync and state.durable != state.store:
        yield "the disk is synced", state._replace(durable=state.store)
    hears = flaws.trusts_cached_plan or flaws.trusts_cached_attempt
    for i, replica in enumerate(state.replicas):
        if not replica.alive:
            cache = state.store if hears else start().store
            yield f"replica {i} starts", _with_replica(state, i, Replica(cache, None, None, True))
        elif state.crashes < 1:
            dead = replica._replace(open=None, decided=None, alive=False)
            yield f"replica {i} is killed", _with_replica(state, i, dead)._replace(crashes=state.crashes + 1)
        if hears and replica.alive and replica.open is None and replica.cache != state.store:
            yield f"replica {i} hears of it", _with_replica(state, i, replica._replace(cache=state.store))
    if state.crashes < 1:
        yield "the power fails", _power_failure(state)


def _power_failure(state: State) -> State:
    """All processes are gone, and what was not synced; what somebody was told must be there still."""
    replicas = (Replica(start().store, None, None, True),) * len(state.replicas)
    there = {
        (number, epoch, value)
        for number, attempt in enumerate(state.durable.attempts, 1)
        for epoch, value, _ in attempt.sealed
    }
    broken = "" if set(state.told) <= there else "I2"
    return state._replace(store=state.durable, replicas=replicas, crashes=state.crashes + 1, broken=broken)
