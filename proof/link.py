"""A network between two programs, which can be parted and mended: what is sent meanwhile arrives later, or never."""

import asyncio
from asyncio import Event, StreamReader, StreamWriter, Task
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Link:
    """Connections to `port` here are made to another port, over this."""

    def __init__(self, to: int) -> None:
        self.port = 0
        self._to = to
        self._whole = Event()
        self._whole.set()
        self._tasks = set[Task[None]]()
        self._ends = set[StreamWriter]()

    def part(self) -> None:
        """Nothing goes through any more, and nobody is told so."""
        self._whole.clear()

    def mend(self, *, broken: bool) -> None:
        """It goes on where it was, or, `broken`, all connections are at their end."""
        if broken:
            for end in self._ends:
                end.transport.abort()
        self._whole.set()

    async def accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        ends = [writer]
        try:
            await self._whole.wait()
            there, to_there = await asyncio.open_connection("127.0.0.1", self._to)
            ends.append(to_there)
            self._ends.update(ends)
            await asyncio.gather(self._passed(reader, to_there), self._passed(there, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._ends.difference_update(ends)
            for end in ends:
                end.transport.abort()

    async def _passed(self, reader: StreamReader, writer: StreamWriter) -> None:
        while chunk := await reader.read(65536):
            await self._whole.wait()
            writer.write(chunk)
            await writer.drain()
        raise OSError("one side has ended, and so does the other")

    async def end(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # until what was aborted is closed


@asynccontextmanager
async def link(to: int) -> AsyncGenerator[Link]:
    """A link to that port."""
    found = Link(to)
    server = await asyncio.start_server(found.accept, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await found.end()
