"""A few threads that read, each with a connection while it does."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from setpoint.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2
"""One run's long history does not keep the others waiting."""


class Readers:
    def __init__(self, open_one: Callable[[], apsw.Connection]) -> None:
        self._connections: SimpleQueue[apsw.Connection] = SimpleQueue()
        for _ in range(THREADS):
            self._connections.put(open_one())
        self._pool = ThreadPoolExecutor(THREADS, "setpoint-reader")

    async def run(
        self, read: Callable[Concatenate[apsw.Connection, P], T], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """What `read` makes of a connection, on one of the threads.

        Raises:
            Unavailable: the file can't be read right now.
        """

        def work() -> T:
            connection = self._connections.get()
            try:
                return read(connection, *arguments, **options)
            except (apsw.Error, UnicodeDecodeError) as error:
                raise Unavailable(f"the database could not be read: {error}") from error
            finally:
                self._connections.put(connection)

        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Once those who read are done. Blocks."""
        self._pool.shutdown()
        for _ in range(THREADS):
            self._connections.get().close()
