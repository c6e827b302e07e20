"""A server that answers by script, on a socket: what it was sent is kept."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple


class Sent(NamedTuple):
    """A request that came: its first line, its headers by lower-case name, its body."""

    line: str
    headers: dict[str, str]
    body: bytes


class Script:
    """Answers the n-th request with the n-th entry: whole bytes, or None to hang up without a word."""

    def __init__(self, *answers: bytes | None) -> None:
        self.sent: list[Sent] = []
        self.connections = 0
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while self._answers and (sent := _request(connection)) is not None:
            self.sent.append(sent)
            answer = self._answers.pop(0)
            if answer is None:
                return
            connection.sendall(answer)
            if b"connection: close" in answer:
                return

    def close(self) -> None:
        self._listener.close()


@contextmanager
def scripted(*answers: bytes | None) -> Generator[Script]:
    script = Script(*answers)
    try:
        yield script
    finally:
        script.close()


def answer(status: int, body: bytes = b"{}", *headers: str, kind: str = "application/json") -> bytes:
    """A whole answer, as bytes."""
    head = [f"HTTP/1.1 {status} Said", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def stream(body: bytes) -> bytes:
    """A stream that ends with its connection."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + body


def _request(connection: socket.socket) -> Sent | None:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Sent(line, headers, body)
