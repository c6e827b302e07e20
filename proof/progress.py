"""How far a long proof is, told now and then."""

from time import monotonic

_SECONDS = 10.0


class Progress:
    """A line every ten seconds: what the proof is called, how much is done of how much, and what was seen."""

    def __init__(self, proof: str, of: int) -> None:
        self._proof = proof
        self._of = of
        self._done = 0
        self._said = monotonic()

    def step(self, seen: str = "") -> None:
        """One more is done."""
        self._done += 1
        if monotonic() - self._said > _SECONDS:
            self._said = monotonic()
            print(f"{self._proof}: {self._done} of {self._of}{', ' if seen else ''}{seen}", flush=True)
