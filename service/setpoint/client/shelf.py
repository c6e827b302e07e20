"""The last grant, kept on disk with the run's facts: a worker started again trains on before the service answers."""

import contextlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

from setpoint.client.grant import Grant

_log = logging.getLogger("setpoint")


class Shelf:
    """One file, for one worker of one run. `facts` are the run's, as it was told of last."""

    def __init__(self, path: Path, run: str, worker: str) -> None:
        self._path = path
        self._owner = {"run": run, "worker": worker}
        self.facts: dict[str, Any] = {}

    def put(self, grant: Grant) -> None:
        """Keep `grant` in place of the last. A disk that refuses is no reason to end a training."""
        content = json.dumps({**self._owner, "facts": self.facts, "grant": grant.plain()})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(content)
                Path(name).replace(self._path)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            _log.warning("the grant can't be kept in %s: %s", self._path, error)

    def get(self) -> Grant | None:
        """The grant that was kept; None where there is none of this worker, or not as it was written."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if {name: kept[name] for name in self._owner} != self._owner:
                return None
            grant = Grant.of(kept["grant"]["attempt"], kept["grant"])
            if not _is_whole(grant):
                return None
            self.facts = dict(kept["facts"])
            return grant
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _is_whole(grant: Grant) -> bool:
    """Whether it has the bits that its digest was made of."""
    from setpoint.runs.sealed import digest

    columns: list[Any] = [grant.lr, *grant.groups.values(), *grant.hyperparameters.values()]
    return all(len(column) == grant.stop - grant.start for column in columns) and (
        digest(grant.start, columns) == grant.digest
    )
