"""The same run for programs on asyncio: reads inside a grant are as quick, and nothing else holds up the loop."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from setpoint.client import call, events
from setpoint.client.atransport import AsyncTransport
from setpoint.client.contact import Contact
from setpoint.client.events import Event
from setpoint.client.grant import Values
from setpoint.client.outage import State
from setpoint.client.place import Place
from setpoint.client.run import Keep, Run
from setpoint.errors import SetpointError


class AsyncRun:
    """A `Run` whose waits are awaited: any number of them can wait for each other on one loop.

    run = await AsyncRun.join("http://127.0.0.1:8321", "resnet50", schedule={...})
    lr = await run.lr(epoch)
    """

    def __init__(self, run: Run) -> None:
        """Use `AsyncRun.join`."""
        self.run = run

    @staticmethod
    async def join(*args: Any, **settings: Any) -> "AsyncRun":
        """As `Run.join`, which says what may be given."""
        return AsyncRun(await asyncio.to_thread(partial(Run.join, *args, **settings)))

    async def lr(self, epoch: int) -> float:
        """The learning rate of `epoch`; inside the grant without a wait. Raises as `Run.lr` does."""
        found = self.run.known_lr(epoch)
        return (await awaited(self.run.contact, epoch))[0].lr if found is None else found

    def known_lr(self, epoch: int) -> float | None:
        """The learning rate of `epoch`, the one this worker is at; None where `lr` would have to wait for it."""
        return self.run.known_lr(epoch)

    async def groups(self, epoch: int) -> dict[str, float]:
        """The learning rates of the parameter groups at `epoch`, by name."""
        return (await awaited(self.run.contact, epoch))[0].groups

    async def hyperparameters(self, epoch: int) -> dict[str, float]:
        """The other values that are sealed with the learning rate of `epoch`, by name."""
        return (await awaited(self.run.contact, epoch))[0].hyperparameters

    async def window(self, epoch: int, count: int) -> Sequence[Values]:
        """What holds at the `count` epochs from `epoch` on, as `Run.window` has it."""
        return await awaited(self.run.contact, epoch, self.run.checked_count(count))

    def report(self, epoch: int, value: object, *, weight: float | None = None) -> None:
        """Report a metric, in the background: there is nothing to wait for. Never raises."""
        self.run.report(epoch, value, weight=weight)

    @property
    def name(self) -> str:
        return self.run.name

    @property
    def worker(self) -> str:
        return self.run.worker

    @property
    def place(self) -> Place:
        return self.run.place

    @property
    def facts(self) -> dict[str, Any]:
        """The run as the service told of it when it was joined."""
        return self.run.facts

    @property
    def attempt(self) -> int:
        return self.run.attempt

    @property
    def state(self) -> State:
        return self.run.state

    @property
    def fault(self) -> SetpointError | None:
        return self.run.fault

    async def change(self, op: str, *, reason: str, **values: Any) -> dict[str, Any]:
        """Change the run's learning rate, as `Run.change` does. The receipt."""
        return await asyncio.to_thread(partial(self.run.change, op, reason=reason, **values))

    async def rollback(
        self, to: int, *, reason: str, scale: float | None = None, keep: Keep = "values", key: str | None = None
    ) -> dict[str, Any]:
        """Go back to epoch `to` in a new attempt, as `Run.rollback` does."""
        return await asyncio.to_thread(partial(self.run.rollback, to, reason=reason, scale=scale, keep=keep, key=key))

    async def resume(self, from_epoch: int, **given: Any) -> dict[str, Any]:
        """Open a new attempt after a relaunch, as `Run.resume` does."""
        return await asyncio.to_thread(partial(self.run.resume, from_epoch, **given))

    async def events(self, *, after: str | None = None) -> AsyncGenerator[Event]:
        """What happens to the run from now on (or after an event's id), for ever; close it (`contextlib.aclosing`)."""
        async with (
            AsyncTransport(self.run.place) as transport,
            aclosing(events.afollow(transport, call.events(self.name), after=after)) as told,
        ):
            is_first = after is None  # the first word says that it begins
            async for event in told:
                if not is_first:
                    yield event
                is_first = False

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint may keep: the run, the attempt and the epoch."""
        return self.run.state_dict()

    async def finish(self) -> bool:
        """Say that the training is done, and close. Whether the service knows."""
        return await asyncio.to_thread(self.run.finish)

    async def aclose(self) -> None:
        await asyncio.to_thread(self.run.close)

    async def __aenter__(self) -> "AsyncRun":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


async def awaited(contact: Contact, epoch: int, count: int = 1) -> Sequence[Values]:
    """What holds at the epochs from `epoch` on, with no thread of its own: the contact's says when to look again."""
    loop, began = asyncio.get_running_loop(), time.monotonic()
    changed = asyncio.Event()

    def told() -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(changed.set)

    with contact.heard(told):
        while not isinstance(found := contact.tried(epoch, began, count), Sequence):
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), found)
            changed.clear()
    return found
