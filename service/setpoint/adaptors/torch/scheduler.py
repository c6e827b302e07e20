"""`RemoteLR`: a scheduler of torch whose learning rates are a run's."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal
from weakref import ref

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from setpoint.adaptors.torch import groups, initial, launched, reading
from setpoint.adaptors.torch.source import Asking, Source
from setpoint.adaptors.torch.team import Team, patient
from setpoint.adaptors.torch.updates import Updates
from setpoint.client.grant import Values
from setpoint.client.join import Schedule, plain
from setpoint.client.launch import is_alone
from setpoint.client.run import Run
from setpoint.errors import InvalidRequest, RunFinished, SetpointError, StaleAttempt

Asks = Literal["one", "every"]
Counts = Literal["calls", "updates"]


class RemoteLR(LRScheduler):
    """Sets each parameter group's learning rate to the one that the run's service sealed for this epoch.

        scheduler = RemoteLR(optimizer, url, run="resnet50", schedule={"kind": "step", "step_size": 30})

    It is used, checkpointed and loaded as any other of torch's; `finish()` says that the training is done. Its epoch
    is the number of `step()` calls, in the run's `unit`. `step(metric)` also reports a metric of the epoch that ends,
    which a `plateau` of the run reads.
    """

    def __init__(
        self,
        optimizer: Any,
        url: str | None = None,
        *,
        run: str,
        schedule: Mapping[str, Any] | Schedule | None = None,
        asks: Asks | None = None,
        counts: Counts = "calls",
        **joining: Any,
    ) -> None:
        """Join the run, which is made if it is not there, and set the learning rates of its first epoch.

        optimizer: the schedule starts from its learning rates; a parameter group is called by its `name` or its number.
        url, run, schedule, joining: as `Run.join` takes them; the schedule's `initial_lr` can be left out, and groups
            that begin with learning rates of their own have the same schedule from there.
        asks: where torch.distributed is initialized, "one" rank asks and tells the rest (then all ranks must make,
            step and load it alike), or "every" rank asks for itself.
        counts: "calls" of `step()`, or "updates" that the optimizer applied, which mixed precision may skip.

        Raises:
            InvalidRequest: the run does not fit this optimizer; it says what to change.
            RunExistsDiffers: there is another run of this name: choose a new one, or open a new attempt of that one.
            Unavailable: the service did not answer, and there is no grant on disk.
        """
        bare = groups.bare(optimizer)
        self._source = _source(asks, url, run, _wish(bare, schedule, joining))
        self._values: Values | None = None
        self._guard: Any = None
        self._is_made = self._is_owed = False
        try:
            facts = self._source.facts
            groups.fits(bare, facts.get("groups", ()), facts.get("hyperparameters", ()))
            self._updates = _counted(counts, bare, facts)
            super().__init__(optimizer, _last_before(bare, facts.get("start_epoch", 0)))
        except BaseException:
            self.close()
            raise
        self._is_made = True
        bare.register_load_state_dict_post_hook(_loaded_into(ref(self)))

    @classmethod
    def from_scheduler(cls, scheduler: Any, url: str | None = None, *, run: str, **given: Any) -> "RemoteLR":
        """The same learning rates as those of `scheduler`, from where it is; of torch, or of Hugging Face.

        Its notes, of what is not taken over, are logged. `given` is as `RemoteLR` takes it.

        Raises:
            NotConvertible: it can't be said as a schedule without changing its values.
        """
        bare = groups.bare(scheduler.optimizer)
        return cls(scheduler.optimizer, url, run=run, **{**reading.settings(scheduler, groups.begun(bare)), **given})

    @property
    def run(self) -> Run | None:
        """The run, on a rank that asks for itself; None where another asks."""
        return self._source.run

    @property
    def attempt(self) -> int:
        """The attempt that this training belongs to."""
        return self._source.attempt

    @property
    def unit(self) -> str:
        """What an epoch of the run is: an epoch, or a step."""
        return str(self._source.facts.get("unit", "epoch"))

    def step(self, metric: object = None) -> None:
        """Go on to the next epoch; `metric`, if any, is that of the epoch that ends.

        A call that raised did not count: it may be repeated.

        Raises:
            StaleAttempt: a newer attempt was opened: go back to the checkpoint of its first epoch, or stop.
            Unavailable: the service is gone, and the grant is used up.
        """
        if self._updates is None:
            launched.refuse_multiplied()
        if metric is not None and not self._is_owed:
            self.report(metric)
        passed = 0 if self._is_owed else self._passed()
        if passed or self._is_owed:
            self.last_epoch += passed - 1  # torch's own step adds one
            self._is_owed = True
            super().step()
            self._is_owed = False

    def get_lr(self) -> list[float]:
        """The learning rates of the epoch, for each parameter group. To look at the last ones, `get_last_lr`."""
        optimizer = groups.bare(self.optimizer)
        try:
            self._values = self._source.values(self.last_epoch)
        except (RunFinished, StaleAttempt) as refusal:  # of a relaunch another rank may have opened the attempt already
            if self._is_made:
                raise
            self._guard = optimizer.register_step_pre_hook(_refusing(refusal))  # until a checkpoint is loaded
            return [group["lr"] for group in optimizer.param_groups]
        groups.put_hyperparameters(optimizer, self._values.hyperparameters)
        return groups.lrs(optimizer, self._values)

    def report(self, metric: object, epoch: int | None = None) -> None:
        """Report a metric of `epoch`, by default the one that the training is at. Of a team, all ranks call it."""
        self._source.report(self.last_epoch if epoch is None else epoch, metric)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: the run, the attempt and the epoch, so that `weights_only=True` loads it."""
        return {"run": self._source.name, "attempt": self.attempt, "last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on at the epoch of a checkpoint, in a new attempt: the learning rates are those it had the first time.

        Raises:
            InvalidRequest: it is the state of another scheduler, or of a run that this one does not go on from.
        """
        if not {"run", "attempt", "last_epoch"} <= state_dict.keys():
            epoch = state_dict.get("last_epoch", "N")
            raise InvalidRequest(
                "this is the state of another scheduler; to go on from there, leave it unloaded and have the run begin "
                f"where it ends: RemoteLR(..., start_epoch={epoch})"
            )
        state = {"run": state_dict["run"], "attempt": state_dict["attempt"], "epoch": state_dict["last_epoch"]}
        self.last_epoch = self._source.load(state)
        self._step_count = self.last_epoch + 1  # by which torch tells whether a training has begun
        self._is_owed = False
        self._values = self._source.values(self.last_epoch)
        if self._guard is not None:
            self._guard.remove()
        self.refresh()

    def refresh(self) -> None:
        """Put the values of this epoch into the optimizer once more, such as after its own checkpoint was loaded."""
        if self._updates is not None:
            self._updates.taken()  # an update to make its state with, as torch.distributed.checkpoint does, is none
        if self._values is not None:
            optimizer = groups.bare(self.optimizer)
            groups.put_hyperparameters(optimizer, self._values.hyperparameters)
            self._last_lr = groups.put_lrs(optimizer, self._values)

    def finish(self) -> None:
        """Say that the training is done, and close. Not to reach the service is no error now."""
        self._source.finish()

    def close(self) -> None:
        """End the contact without an end of the run: the training may go on from a checkpoint."""
        self._source.close()

    def _passed(self) -> int:
        """How many epochs this call of `step()` stands for."""
        return 1 if self._updates is None or not self._is_made else self._updates.taken()


def _wish(
    optimizer: Optimizer, schedule: Mapping[str, Any] | Schedule | None, joining: dict[str, Any]
) -> dict[str, Any]:
    """What is asked of the run, with the optimizer's learning rates in it."""
    if schedule is None:
        return joining
    given = joining.get("groups")
    by_name = None if given is None else {name: plain(spec) for name, spec in given.items()}
    begun, epoch = groups.begun(optimizer), joining.get("start_epoch", 0)
    spec, made = initial.settled(plain(schedule), by_name, begun, epoch)
    return {**joining, "schedule": spec, **({"groups": made} if made else {})}


def _source(asks: Asks | None, url: str | None, run: str, wish: dict[str, Any]) -> Source:
    if asks not in (None, "one", "every"):
        raise InvalidRequest(f"asks is one or every, and not {asks!r}")
    if not launched.is_team():
        return Asking(partial(Run.join, url, run, **wish), is_alone=is_alone())
    named = {"worker": launched.rank_name(), **wish}
    if asks == "every":
        return Asking(partial(Run.join, url, run, **named), is_alone=False, shared_key=launched.shared_key)
    return Team(partial(Run.join, url, run, **patient(named)))


def _counted(counts: Counts, optimizer: Optimizer, facts: Mapping[str, Any]) -> Updates | None:
    if counts not in ("calls", "updates"):
        raise InvalidRequest(f"counts is calls or updates, and not {counts!r}")
    if counts == "updates" and facts.get("unit", "step") != "step":
        raise InvalidRequest("counts='updates' is for a run whose unit is a step: RemoteLR(..., unit='step')")
    return Updates(optimizer) if counts == "updates" else None


def _last_before(optimizer: Optimizer, start: int) -> int:
    """The epoch before the first, as torch's schedulers are told it; what the groups began with is on record then."""
    for group in optimizer.param_groups:
        group.setdefault("initial_lr", group["lr"].clone() if isinstance(group["lr"], Tensor) else group["lr"])
    return start - 1


def _loaded_into(scheduler: "ref[RemoteLR]") -> Callable[[Optimizer], None]:
    """After the optimizer's state was loaded: its learning rates are those of then, and may have been changed since."""

    def loaded(_: Optimizer) -> None:
        found = scheduler()
        if found is not None:
            found.refresh()

    return loaded


def _refusing(refusal: SetpointError) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise refusal

    return refuse
