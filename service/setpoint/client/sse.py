"""Server-sent events, read from bytes in whatever parts they come."""

import codecs
import re
from dataclasses import dataclass

from setpoint.errors import SetpointError

MOST_CHARACTERS = 2**22
"""Of one message; no event of the service comes near it."""

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream. `id` is the last that was sent, in this message or before it."""

    event: str
    data: str
    id: str | None


class Parser:
    """Bytes in, messages out; as the HTML standard has it. `retry_seconds` is what the service asked for last."""

    def __init__(self) -> None:
        self.retry_seconds: float | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._size = 0
        self._event = ""
        self._id: str | None = None
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[Message]:
        """The messages that end in `chunk`; none of those that never end.

        Raises:
            SetpointError: a message is longer than any event is.
        """
        *lines, self._rest = self._lines(self._rest + self._decoder.decode(chunk))
        self._size += len(chunk)
        if lines and not lines[-1]:
            self._size = 0
        if self._size > MOST_CHARACTERS:
            raise SetpointError(f"an event of more than {MOST_CHARACTERS} bytes is none of Setpoint's")
        return [message for line in lines if (message := self._line(line)) is not None]

    def _lines(self, text: str) -> list[str]:
        """The lines of `text`; the last is what may go on. A CR at its end may be half of a line's end."""
        held = "\r" if text.endswith("\r") else ""
        *lines, rest = _LINE_END.split(text.removesuffix(held))
        return [*lines, rest + held]

    def _line(self, line: str) -> Message | None:
        if not line:
            return self._ended()
        name, _, value = line.partition(":")
        self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_seconds = min(int(value[:9]) / 1000, 3600.0)
            case _:  # a comment, or what a later service says
                pass

    def _ended(self) -> Message | None:
        event, data, self._event, self._data = self._event, self._data, "", []
        return Message(event or "message", "\n".join(data), self._id) if data else None
