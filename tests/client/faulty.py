"""A proxy between worker and service that does to connections what networks do, drawn from a seed."""

import asyncio
import random
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

FAULTS = ("close", "delay", "reset", "half-open", "truncate", "duplicate")


class Proxy:
    """Each connection has one fault, and lasts a few answers; `met` counts them."""

    def __init__(self, url: str, seed: int) -> None:
        parts = urlsplit(url)
        self._upstream = (parts.hostname, parts.port)
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self.met = dict.fromkeys(FAULTS, 0)
        self.url = ""
        self._tasks = set[asyncio.Task[None]]()
        self._writers: list[asyncio.StreamWriter] = []

    def run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        for writer in self._writers:
            writer.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        fault = self._chance.choice(FAULTS)
        self.met[fault] += 1
        try:
            await self._serve(fault, reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _serve(self, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await self._connected()
        to = asyncio.create_task(self._to_service(fault, reader, upstream_writer))
        back = asyncio.create_task(self._to_worker(fault, upstream_reader, writer))
        try:
            await asyncio.wait((to, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (to, back):
                each.cancel()
            await asyncio.gather(to, back, return_exceptions=True)
            upstream_writer.close()

    async def _to_service(self, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            if fault == "duplicate":
                await self._sent_once_more(chunk)
            writer.write(chunk)
            await writer.drain()

    async def _sent_once_more(self, request: bytes) -> None:
        with suppress(OSError):
            reader, writer = await self._connected()
            writer.write(request)
            await writer.drain()
            await reader.read(65536)
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self._upstream)
        self._writers.append(writer)
        return reader, writer

    async def _to_worker(self, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(self._chance.randint(2, 8)):
            chunk = await reader.read(65536)
            if fault == "delay":
                await asyncio.sleep(0.02)
            writer.write(chunk)
            await writer.drain()
        chunk = await reader.read(65536)
        match fault:
            case "half-open":
                await asyncio.sleep(60)
            case "reset":
                writer.transport.abort()
            case "truncate":
                writer.write(chunk[: len(chunk) // 2])
                await writer.drain()
            case _:  # the answer is lost
                pass


@contextmanager
def faulty(url: str, seed: int) -> Generator[Proxy]:
    proxy, ready = Proxy(url, seed), threading.Event()
    thread = threading.Thread(target=proxy.run, args=(ready,), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(10)
