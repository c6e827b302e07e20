"""Where a process has the values of a run from."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import uuid4

from setpoint.client.grant import Values
from setpoint.client.run import Run


class Source(Protocol):
    """One run, to one process."""

    @property
    def run(self) -> Run | None:
        """The run itself, where this process asks; None where it is told."""
        ...

    @property
    def name(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def facts(self) -> Mapping[str, Any]:
        """The run as the service told of it when it was joined."""
        ...

    def values(self, epoch: int) -> Values:
        """What holds at `epoch`, the one that the training is at. Raises as `Run.lr` does."""
        ...

    def load(self, state: Mapping[str, Any]) -> int:
        """Go on where a checkpoint was; the epoch. Raises as `Run.load_state_dict` does."""
        ...

    def report(self, epoch: int, value: object) -> None:
        """Report a metric. Never raises."""
        ...

    def finish(self) -> None:
        """Say that the training is done, and close."""
        ...

    def close(self) -> None: ...


class Asking:
    """This process asks by itself: it is alone, or every rank does so."""

    def __init__(self, join: Callable[[], Run], *, is_alone: bool, shared_key: Callable[[], str] | None = None) -> None:
        """`shared_key` is where a relaunch has one from that is the same on all ranks; None: from its launcher."""
        self.run = join()
        self.name, self.facts = self.run.name, self.run.facts
        self._is_alone = is_alone
        self._key = (lambda: uuid4().hex) if is_alone else shared_key

    @property
    def attempt(self) -> int:
        return self.run.attempt

    def values(self, epoch: int) -> Values:
        return self.run.values(epoch)

    def load(self, state: Mapping[str, Any]) -> int:
        key = None if self._key is None else self._key()
        return self.run.load_state_dict(state, key=key, is_alone=self._is_alone)

    def report(self, epoch: int, value: object) -> None:
        self.run.report(epoch, value)

    def finish(self) -> None:
        self.run.finish()

    def close(self) -> None:
        self.run.close()
