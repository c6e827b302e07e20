"""A training's side of a run: `Run.join`, `lr`, `report`, `finish`."""

import logging
import os
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4
from weakref import finalize

from setpoint.client import call, events
from setpoint.client.contact import Contact
from setpoint.client.events import Event
from setpoint.client.grant import Grant, Span, Values
from setpoint.client.identity import Identity
from setpoint.client.join import Schedule, Wish, body, joined
from setpoint.client.launch import is_alone, launch_key, worker_name
from setpoint.client.locate import locate
from setpoint.client.metric import metric
from setpoint.client.outage import OnOutage, State, Terms
from setpoint.client.place import Place
from setpoint.client.retry import Patience
from setpoint.client.shelf import Shelf
from setpoint.client.transport import Transport
from setpoint.errors import InvalidRequest, SetpointError

if TYPE_CHECKING:
    from setpoint.wire.run import RunAnswer

_log = logging.getLogger("setpoint")

Keep = Literal["values", "changes", "nothing"]
_FLUSH_SECONDS = 10.0
_FINISH = Patience(deadline_seconds=15.0)


class Run:
    """One worker's part in a run: the learning rates that all of its workers share.

        run = Run.join("http://127.0.0.1:8321", "resnet50", schedule={"kind": "constant", "initial_lr": 0.1})
        for epoch in range(start_epoch, 90):
            lr = run.lr(epoch)
            ...
            run.report(epoch, loss)
        run.finish()

    Safe to use from several threads, and in forked processes. Close it (or use `with`, or finish it): the thread and
    the connections end with it, and with the program.
    """

    def __init__(self, contact: Contact, facts: Mapping[str, Any]) -> None:
        """Use `Run.join`."""
        self._contact = contact
        self._held = contact.held
        self._facts = dict(facts)
        self._resumed = 0
        self._end = finalize(self, contact.close)

    @staticmethod
    def join(  # noqa: PLR0913 - by name, and each may be left out
        url: str | None = None,
        run: str = "",
        schedule: Mapping[str, Any] | Schedule | None = None,
        *,
        worker: str | None = None,
        lookahead: int | None = None,
        on_outage: OnOutage = "stall",
        outage_seconds: float | None = None,
        wait_seconds: float = 3600.0,
        grant_file: str | os.PathLike[str] | None = None,
        token: str | None = None,
        **settings: Any,
    ) -> "Run":
        """The run of that name, created if it is not there; every rank may say the same.

        url, token: where the service is; by default $SETPOINT_URL, $SETPOINT_TOKEN or the token file.
        schedule, settings: what the run is made with (groups, hyperparameters, plateau, unit, max_lookahead, ...);
            without a schedule the run must be there.
        worker: this worker's name; by default its rank as torchrun, SLURM or MPI tells it, or machine and process.
        lookahead: how many epochs past its own it asks for; the run's `max_lookahead` unless given.
        on_outage: past the grant while the service is gone: "stall" waits for `outage_seconds` (300) and raises then;
            "raise" is the same with 10; "plan" goes on by the planned values after 10, and tells the service of it
            later: they are what it would have sealed unless somebody changed them meanwhile.
        wait_seconds: how long to wait for other workers, where the learning rate hangs on their metrics or progress.
        grant_file: keep the last grant there; a worker that is started again trains on it before the service answers.

        Raises:
            RunExistsDiffers: there is another run of this name: choose a new one, or open a new attempt of that one.
            InvalidRequest: the run can't be made like this; `faults` say where.
            Unavailable: the service did not answer, and there is no grant on disk.
        """
        if not run:
            raise InvalidRequest("a run needs a name: Run.join(url, 'resnet50', schedule=...)")
        wish = Wish(run, worker or worker_name(), lookahead, body(schedule, settings))
        shelf = None if grant_file is None else Shelf(Path(grant_file), run, wish.worker)
        transport = Transport(locate(url, token))
        try:
            return Run(*joined(transport, wish, Terms.of(on_outage, outage_seconds, wait_seconds), shelf))
        except BaseException:
            transport.close()
            raise

    def lr(self, epoch: int) -> float:
        """The learning rate of `epoch`, the one this worker is at: the same bits for every worker, for ever.

        Inside the grant this is a look into memory: no lock, no network, no error. Past it, it waits.

        Raises:
            StaleAttempt: a newer attempt was opened: go back to its first epoch (`from_epoch` in `extra`), or stop.
            Unavailable: the service is gone, and the grant is used up (`on_outage`).
        """
        held = self._held
        start, due, values = held.window
        if start <= epoch < due:
            held.epoch = epoch
            return values[epoch - start]
        return self._contact.values(epoch).lr

    def known_lr(self, epoch: int) -> float | None:
        """The learning rate of `epoch`, the one this worker is at; None where `lr` would have to wait for it."""
        held = self._held
        start, due, values = held.window
        if start <= epoch < due:
            held.epoch = epoch
            return values[epoch - start]
        found = self._contact.known(epoch)
        return None if found is None else found.lr

    def known_values(self, epoch: int) -> Values | None:
        """All that holds at `epoch`, the one this worker is at; None where `values` would have to wait for it."""
        return self._contact.known(epoch)

    def groups(self, epoch: int) -> dict[str, float]:
        """The learning rates of the parameter groups at `epoch`, by name. Raises as `lr` does."""
        return self._contact.values(epoch).groups

    def hyperparameters(self, epoch: int) -> dict[str, float]:
        """The other values that are sealed with the learning rate of `epoch`, by name. Raises as `lr` does."""
        return self._contact.values(epoch).hyperparameters

    def values(self, epoch: int) -> Values:
        """All of these at once: `lr`, `groups` and `hyperparameters` of `epoch`. Raises as `lr` does."""
        return self._contact.values(epoch)

    def span(self, epoch: int) -> Span:
        """All of these from `epoch` on, as far as is granted: to tell other processes. Raises as `lr` does."""
        return self._contact.span(epoch)

    def window(self, epoch: int, count: int) -> Sequence[Values]:
        """What holds at the `count` epochs from `epoch` on, the one this worker is at: for who trains them in one go.

        Raises as `lr` does. `checked_count` says how many there may be.
        """
        return self._contact.window(epoch, self.checked_count(count))

    def checked_count(self, count: int) -> int:
        """How many epochs are asked for at once: no more than one grant has.

        Raises:
            InvalidRequest: it is more.
        """
        most = self._contact.identity.lookahead + 1
        if not 1 <= count <= most:
            raise InvalidRequest(
                f"a window of {self.name} has 1 to {most} epochs, and not {count}: "
                f"create the run with max_lookahead={max(count - 1, 0)} or more"
            )
        return count

    def report(self, epoch: int, value: object, *, weight: float | None = None) -> None:
        """Report a metric of `epoch`, such as the loss, in the background. Never raises: NaN is welcome."""
        try:
            self._contact.report(epoch, metric(value, weight))
        except Exception:  # noqa: BLE001 - no metric is worth a training
            _log.warning("the metric of epoch %r can't be reported", epoch, exc_info=True)

    @property
    def contact(self) -> Contact:
        """What this worker waits for and knows: for adaptors."""
        return self._contact

    @property
    def name(self) -> str:
        return self._contact.identity.run

    @property
    def worker(self) -> str:
        return self._contact.identity.worker

    @property
    def place(self) -> Place:
        """The service."""
        return self._contact.transport.place

    @property
    def attempt(self) -> int:
        """The attempt that this worker belongs to."""
        return self._held.attempt

    @property
    def state(self) -> State:
        """`ready`; `stale`: the service is gone, and the grant goes on; `exhausted`: it is used up as well."""
        return self._held.state

    @property
    def fault(self) -> SetpointError | None:
        """Why there will be no further grant, as soon as that is known: inside the grant `lr` does not tell."""
        return self._held.fault

    @property
    def facts(self) -> dict[str, Any]:
        """The run as the service told of it when it was joined: `unit`, `schedule`, `from_epoch`, `end`, ..."""
        return dict(self._facts)

    @property
    def changes(self) -> Sequence[Mapping[str, Any]]:
        """What was changed of the run, oldest first, as it was heard with the last grant: after `hear_of_changes`."""
        return self._held.changes

    def hear_of_changes(self) -> None:
        """Look the changes up, in the background, whenever there are new ones."""
        self._contact.hears_of_changes = True

    def change(
        self,
        op: str,
        *,
        reason: str,
        epoch: int | None = None,
        exact: bool = False,
        groups: list[str] | None = None,
        **values: Any,
    ) -> dict[str, Any]:
        """Change the run's learning rate: `run.change("scale", factor=0.5, reason="flat")`. The receipt.

        Raises:
            SetpointError: it was refused, or the service is gone.
        """
        given = {"epoch": epoch, "exact": exact or None, "groups": groups, **values}
        body = {"op": op, "reason": reason} | {name: value for name, value in given.items() if value is not None}
        asked = call.change(self.name, body, plan="*", key=uuid4().hex)
        return dict(self._contact.transport.ask(asked).body)

    def rollback(
        self, to: int, *, reason: str, scale: float | None = None, keep: Keep = "values", key: str | None = None
    ) -> dict[str, Any]:
        """Go back to epoch `to`, in a new attempt that this worker belongs to from now on. The receipt.

        The others are told `StaleAttempt` at their next contact. Where all ranks call it, they need one `key`.
        """
        changes = [] if scale is None else [{"op": "scale", "factor": scale}]
        return self._opened({"from_epoch": to, "keep": keep, "changes": changes, "reason": reason}, key or uuid4().hex)

    def resume(
        self, from_epoch: int, *, key: str | None = None, checkpoint: str | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        """After a relaunch from a checkpoint: open a new attempt at its epoch, with the learning rates as they were.

        All ranks of one relaunch share one attempt: torchrun's run id and restart count, or SLURM's, are the `key`.

        Raises:
            InvalidRequest: there are other ranks, and no launcher says which launch this is: give all the same `key`.
        """
        self._resumed += 1
        found = key or launch_key() or (uuid4().hex if is_alone() else None)
        if found is None:
            raise InvalidRequest(
                "nothing tells this relaunch from others: give every rank the same key=..., such as one that rank 0 "
                "drew and broadcast, or start one torchrun with an --rdzv-id of its own (several count apart)"
            )
        body = {"from_epoch": from_epoch, "keep": "values", "checkpoint": checkpoint, "reason": reason or "resumed"}
        given = {name: value for name, value in body.items() if value is not None}
        return self._opened(given, found if key else f"{found}-{self._resumed}-{from_epoch}")

    def events(self, *, after: str | None = None) -> Generator[Event]:
        """What happens to the run from now on (or after an event's id), for ever: over restarts, without gap.

        An event of kind "reset" says that something was missed: look afresh.
        """
        told = events.follow(self._contact.transport, call.events(self.name), after=after)
        if after is None:
            first = next(told, None)  # the one that says that it begins
            assert first is None or first.kind == events.RESET
        return told

    def finish(self) -> bool:
        """Say that the training is done, and close. Whether the service knows: not to reach it is no error now."""
        self._contact.flush(_FLUSH_SECONDS)
        try:
            self._contact.transport.ask(call.finish(self.name), _FINISH)
        except SetpointError as error:
            _log.warning("%s is done, but could not be finished: %s", self.name, error)
            return False
        finally:
            self.close()
        return True

    def close(self) -> None:
        """End the thread and the connections. Metrics that wait are sent, if the service is there."""
        self._end()

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_svg_(self) -> str | None:
        """The run's curve, drawn by the service, which a notebook shows in place of its text; None while it is gone."""
        try:
            with self._contact.transport.stream(call.picture(self.name)) as parts:
                return b"".join(parts).decode()
        except SetpointError:
            return None

    def __repr__(self) -> str:
        return f"<Run {self.name}, attempt {self.attempt}, worker {self.worker}, {self.state}>"

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint may keep: the run, the attempt and the epoch. Primitives, and no secret."""
        return {"run": self.name, "attempt": self.attempt, "epoch": self._held.epoch}

    def load_state_dict(self, state: Mapping[str, Any], *, key: str | None = None, is_alone: bool = True) -> int:
        """Go on where a checkpoint was, as `resume` does; the epoch.

        An attempt that somebody opened at this very epoch since, to go back to this checkpoint, is joined: one that
        nobody trained in yet, and only where no other rank might ask at the same time (`is_alone`).

        Raises:
            InvalidRequest: it is the checkpoint of another run, which this one does not begin from.
        """
        epoch: int = state["epoch"] or self._facts.get("start_epoch", 0)
        if state["run"] != self.name:
            self._begins_from(state["run"], epoch)
        elif (state["attempt"], epoch) != (self.attempt, self._held.epoch):
            facts = self._contact.transport.ask(call.show(self.name)).body
            if is_alone and _opened_for(facts, state["attempt"], epoch):
                self._contact.begin(facts["attempt"])
            else:
                self.resume(epoch, key=key)
        return epoch

    def _begins_from(self, other: str, epoch: int) -> None:
        begins = self._facts.get("start_epoch", 0)
        if epoch != begins:
            raise InvalidRequest(
                f"the checkpoint is of run {other} at epoch {epoch}, and run {self.name} begins at epoch {begins}: "
                f"make a run of another name with start_epoch={epoch} to go on from there"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process gets it: the same worker, with its grant; the token is found there anew."""
        contact, grant = self._contact, self._held.grant
        identity, terms = contact.identity, contact.terms
        return Run._restored, (
            contact.transport.place.url,
            (identity.run, identity.worker, identity.lookahead),
            (terms.on_outage, terms.outage_seconds, terms.wait_seconds),
            self._facts,
            (self.attempt, self._held.epoch, None if grant is None else grant.plain()),
        )

    @staticmethod
    def _restored(
        url: str,
        identity: tuple[str, str, int],
        terms: tuple[OnOutage, float, float],
        facts: dict[str, Any],
        held: tuple[int, int | None, dict[str, Any] | None],
    ) -> "Run":
        attempt, epoch, grant = held
        contact = Contact(Transport(locate(url)), Identity(*identity), attempt, Terms(*terms))
        contact.held.epoch = epoch
        if grant is not None:
            contact.held.take(Grant.of(attempt, grant), None)
        return Run(contact, facts)

    def _opened(self, attempt: dict[str, Any], key: str) -> dict[str, Any]:
        asked = call.open_attempt(self.name, attempt, plan="*", key=key)
        opened = self._contact.transport.ask(asked).body
        self._contact.begin(opened["attempt"])
        return dict(opened)


def _opened_for(facts: "RunAnswer", attempt: int, epoch: int) -> bool:
    """Whether the run's attempt is a later one that begins at `epoch`, and nobody has trained in yet."""
    return facts["attempt"] > attempt and facts["from_epoch"] == epoch == facts["frontier"]
