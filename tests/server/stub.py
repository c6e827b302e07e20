"""A process that serves a small application just as `setpoint serve` serves the real one.

Its flags are `name=value`. It answers with the loop and the protocol it runs on; /slow after half a
second, anything else as soon as its body is there.
"""

import asyncio
import os
import sys

from setpoint.api.asgi import ASGI, Receive, Scope, Send
from setpoint.server.serve import serve
from setpoint.settings import Settings, read


def application(settings: Settings) -> ASGI:
    """Says `closed` on standard output when its lifespan ends."""

    async def answer(
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        if scope["path"] == "/slow":
            await asyncio.sleep(0.5)
        loop = type(asyncio.get_running_loop()).__module__
        protocols = [name for name in sys.modules if name.startswith("uvicorn.protocols.http.h")]
        body = " ".join((loop, *protocols)).encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    print("closed", flush=True)
    await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    flags = dict(flag.split("=", 1) for flag in sys.argv[1:])
    serve(read(flags, os.environ), assemble=application)
    print("ended", flush=True)
