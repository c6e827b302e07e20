"""A light HTTP client: one connection, one request at a time, and no patience with a service that dies meanwhile."""

import asyncio
import json
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

_SECONDS = 60.0
"""A service that was killed hangs up at once; one that is slow, on a busy machine, is waited for."""


class Lost(Exception):
    """No answer came: nobody knows whether the request was carried out."""


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def problem(self) -> str:
        """The code of a problem, "" where it is none."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        return str(self.body["type"]).rpartition("/")[2] if is_problem else ""


class Caller:
    """To one address, over a connection that is kept while it lasts."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer.

        Raises:
            Lost: there is none.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._asked(method, path, body, headers or {})
        except (OSError, IncompleteReadError, TimeoutError, ValueError) as error:
            raise Lost(str(error)) from error
        finally:
            self._put_away()

    _is_done = False

    async def _asked(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Reply:
        self._is_done = False
        reader, writer = await self._opened()
        writer.write(_request(self.port, method, path, body, headers))
        status, said = await _head(reader)
        content = await _content(reader, said)
        self._is_done = said.get("connection") != "close"
        is_json = said.get("content-type", "").partition(";")[0].endswith("json")
        return Reply(status, said, json.loads(content) if content and is_json else content.decode())

    async def stream(self, path: str, headers: Mapping[str, str]) -> AsyncGenerator[str]:
        """The lines of an endless answer, as they come, until the connection ends."""
        with suppress(OSError, IncompleteReadError, ValueError):
            reader, writer = await self._opened()
            writer.write(_request(self.port, "GET", path, None, headers))
            status, _ = await _head(reader)
            while status == 200 and (chunk := await _chunk(reader)):
                for line in chunk.decode().split("\n"):
                    yield line
        self.close()

    async def _opened(self) -> tuple[StreamReader, StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        return self._streams

    def _put_away(self) -> None:
        """Keep the connection only where its answer was read to the end."""
        if not self._is_done:
            self.close()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _request(port: int, method: str, path: str, body: object, headers: Mapping[str, str]) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{name}: {headers[name]}" for name in headers)]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _head(reader: StreamReader) -> tuple[int, dict[str, str]]:
    line = await reader.readline()
    if not line:
        raise IncompleteReadError(b"", None)
    headers: dict[str, str] = {}
    while (each := (await reader.readline()).decode("latin-1").strip()) != "":
        name, _, value = each.partition(":")
        headers[name.lower()] = value.strip()
    return int(line.split()[1]), headers


async def _content(reader: StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    chunks: list[bytes] = []
    while chunk := await _chunk(reader):
        chunks.append(chunk)
    return b"".join(chunks)


async def _chunk(reader: StreamReader) -> bytes:
    """The next chunk; empty at the end."""
    size = int(await reader.readline(), 16)
    return (await reader.readexactly(size + 2))[:-2]
