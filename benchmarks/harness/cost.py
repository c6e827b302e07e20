"""What a request costs a server: CPU time of its process, which is steady where requests per second are not."""

from collections.abc import Callable

from benchmarks.harness.servers import Server

BATCHES = 250
CONNECTIONS = 8


def get(address: str, token: str | None = None, more: str = "") -> bytes:
    """The request for what is there, by whoever has `token`; `more` are further lines of its head."""
    shown = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {address} HTTP/1.1\r\nHost: localhost\r\n{shown}{more}\r\n".encode()


class Client:
    """Several connections to one server, each with one request under way."""

    def __init__(self, server: Server, token: str | None = None) -> None:
        self._server = server
        self._token = token
        self._connections = [server.connected() for _ in range(CONNECTIONS)]

    def cost(self, address: Callable[[], str]) -> float:
        """Microseconds of the server for a GET."""
        return self.spent_on(lambda: get(address(), self._token))

    def spent_on(self, ask: Callable[[], bytes]) -> float:
        """Microseconds of the server for such a request, which is answered with JSON."""
        before = self._server.spent()
        for _ in range(BATCHES):
            for connection in self._connections:
                connection.sendall(ask())
            for connection in self._connections:
                answer = connection.recv(4096)
                while not answer.endswith((b"}", b"}\n")):  # uvicorn writes headers and body separately
                    answer += connection.recv(4096)
                assert answer.startswith(b"HTTP/1.1 200"), answer
        return (self._server.spent() - before) / (BATCHES * CONNECTIONS) / 1000
