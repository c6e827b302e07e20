"""Every state that a protocol can come to."""

from collections import deque
from typing import NamedTuple

from tests.model.protocol import Flaws, State, start, steps

MOST = 400_000


class Exploration(NamedTuple):
    states: int
    violations: dict[str, list[str]]
    """For each invariant that was broken, the shortest way there."""


def explored(flaws: Flaws, until: str | None = None) -> Exploration:
    """All states breadth first, up to the first that breaks the invariant `until`: the way there is a shortest one."""
    first = start()
    came_from: dict[State, tuple[State, str] | None] = {first: None}
    queue, violations = deque([first]), dict[str, list[str]]()
    while queue:
        state = queue.popleft()
        for what, after in steps(state, flaws):
            if after in came_from:
                continue
            assert len(came_from) < MOST, "the model is too large to be exhausted"
            came_from[after] = (state, what)
            if after.broken:
                violations.setdefault(after.broken, _way(came_from, after))
                if after.broken == until:
                    return Exploration(len(came_from), violations)
            else:
                queue.append(after)
    return Exploration(len(came_from), violations)


def _way(came_from: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    way: list[str] = []
    while (before := came_from[state]) is not None:
        state, what = before
        way.append(what)
    return way[::-1]
