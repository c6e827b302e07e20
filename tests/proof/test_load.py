"""The load that does not wait for answers."""

import asyncio
from asyncio import StreamReader, StreamWriter

from proof.load import Load, request


def test_it_asks_on_another_connection_where_the_service_hung_up_on_an_idle_one() -> None:
    asked, codes = asyncio.run(_five_asked())

    assert asked == 5
    assert codes == {"200": 5}


async def _five_asked() -> tuple[int, dict[str, int]]:
    """How many were asked of a service that hangs up after each answer, and what came."""
    asked = list[bytes]()

    async def answer_once(reader: StreamReader, writer: StreamWriter) -> None:
        asked.append(await reader.readuntil(b"}"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
    load = Load(server.sockets[0].getsockname()[1], rate=5, make=lambda: request("PUT", "/", {"epoch": 1}))
    async with server, asyncio.timeout(20):
        await load.drive(1)
    load.close()
    return len(asked), dict(load.codes)
