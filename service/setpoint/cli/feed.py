"""The events of a run, or of all, as they come in: read by a thread, so that who waits for them can also give up."""

import threading
from queue import Empty, SimpleQueue
from typing import TypeAlias

from setpoint.client import call, events
from setpoint.client.events import Event
from setpoint.client.transport import Transport
from setpoint.errors import SetpointError, Unavailable

Heard: TypeAlias = Event | Unavailable
"""Something that happened, or a connection that was lost: it is taken up again."""


class Feed:
    """What is heard, in order, from now on."""

    def __init__(self, transport: Transport, run: str | None) -> None:
        self._heard: SimpleQueue[Heard | SetpointError] = SimpleQueue()
        self._transport = transport
        self._run = run
        threading.Thread(target=self._listen, name="setpoint-watch", daemon=True).start()

    def next(self, timeout_seconds: float | None = None) -> list[Heard]:
        """All that was heard since the last call, as soon as there is something; nothing after `timeout_seconds`.

        Raises:
            SetpointError: the service refuses, for good.
        """
        try:
            heard = [self._heard.get(timeout=timeout_seconds)]
        except Empty:
            return []
        while not self._heard.empty():
            heard.append(self._heard.get())
        return [_kept(each) for each in heard]

    def _listen(self) -> None:
        try:
            for event in events.follow(self._transport, call.events(self._run), lost=self._heard.put):
                self._heard.put(event)
        except SetpointError as refusal:
            self._heard.put(_Refusal(refusal))


class _Refusal(SetpointError):
    """Marks what ended the stream apart from connections that were lost."""

    def __init__(self, error: SetpointError) -> None:
        super().__init__(error.detail)
        self.error = error


def _kept(heard: Heard | SetpointError) -> Heard:
    if isinstance(heard, _Refusal):
        raise heard.error
    assert isinstance(heard, (Event, Unavailable))
    return heard
