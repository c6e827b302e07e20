"""A process that seals epochs of a run until it ends itself, and says what was acknowledged."""

import asyncio
import sys
from pathlib import Path

from setpoint.journal import failpoints
from setpoint.journal.sqlite.journal import opened
from tests.coordination.runs import check_in, coordinator, create

EPOCHS = 40


async def seal(path: Path, points: str) -> None:
    journal = await opened(path, failpoints=failpoints.read(points))
    runs = coordinator(journal)
    await runs.handle("mnist", create(), actor="ada")
    first = (await runs.look("mnist")).attempt.frontier
    for epoch in range(first, first + EPOCHS):
        run = (await runs.handle("mnist", check_in(epoch), actor="w0")).run
        print(epoch, run.attempt.sealed.value(0, epoch).hex(), flush=True)
    await journal.close()


if __name__ == "__main__":
    asyncio.run(seal(Path(sys.argv[1]), sys.argv[2]))
