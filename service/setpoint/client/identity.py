"""Who asks, and of which run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A worker of a run. `lookahead` is how many epochs past its own it asks for."""

    run: str
    worker: str
    lookahead: int
