"""Keras 3: a callback that has `model.fit` train at a run's learning rate.

from setpoint.adaptors.keras import RemoteLR

model.fit(..., callbacks=[RemoteLR("http://127.0.0.1:8321", "resnet50", schedule={...})])
"""

import json
from collections.abc import Mapping
from typing import Any

from keras.callbacks import Callback

from setpoint.client.grant import Values
from setpoint.client.join import Schedule
from setpoint.client.run import Run
from setpoint.errors import InvalidRequest, NotConvertible


class RemoteLR(Callback):
    """Sets the optimizer's learning rate: at each epoch, or at each update where the run's `unit` is `step`.

    An epoch is Keras' own (`initial_epoch` and `BackupAndRestore` included), a step is an update of the weights, as
    the optimizer counts them. The log has it as `learning_rate`. Optimizers of a `MultiOptimizer` are the run's groups
    of their names; those that it has no group for have the run's own rate.
    """

    def __init__(
        self,
        url: str | None = None,
        run: "str | Run" = "",
        schedule: Mapping[str, Any] | Schedule | None = None,
        *,
        monitor: str | None = None,
        finish: bool = True,
        **settings: Any,
    ) -> None:
        """As `Run.join`, which says what may be given; it is joined when training begins, and finished when it ends.

        run: a `Run` instead of a name leaves it open: finish it, or go on with it.
        monitor: report this entry of the log, such as `val_loss`, at the end of each epoch, for the plateau policy.
        finish: False to train on with another `fit`.
        """
        super().__init__()
        self.run = run if isinstance(run, Run) else None
        self._wish: dict[str, Any] = {"url": url, "run": run, "schedule": schedule, **settings}
        self._is_own = self.run is None
        self._monitor = monitor
        self._finishes = finish
        self._batch: int | None = None
        self._set: Values | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Join, unless that was done.

        Raises:
            InvalidRequest: the optimizer has a schedule of its own, or updates several times between two callbacks.
            SetpointError: as `Run.join` does.
        """
        for optimizer in leaves(self.model.optimizer):
            settable(optimizer)
        if self.run is None:
            self.run = Run.join(**self._wish)
        if self.run.facts["unit"] == "step" and self.model.steps_per_execution > 1:
            raise InvalidRequest(
                f"run {self.run.name} has a learning rate for each step, and steps_per_execution="
                f"{self.model.steps_per_execution} updates as many times at one: compile(..., steps_per_execution=1), "
                "or make it a run by epoch, unit='epoch'"
            )
        self._batch, self._set = None, None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """The epoch's learning rate; where it is the step's, see where the optimizer is."""
        if not self._is_by_step:
            self._apply(epoch)
        elif self._batch is None:
            first = leaves(self.model.optimizer)[0]
            self._batch = int(first.iterations) * self._accumulated(first)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """The step's learning rate."""
        if self._is_by_step:
            self._apply(self._step)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self._batch is not None:
            self._batch += 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the learning rate, and report what is monitored."""
        if logs is None or self._set is None:
            return
        logs["learning_rate"] = self._set.lr
        if self._monitor is not None:
            if self._monitor not in logs:
                raise InvalidRequest(f"there is no {self._monitor!r} to report in the log, but {', '.join(logs)}")
            self._joined.report(max(self._step - 1, 0) if self._is_by_step else epoch, logs[self._monitor])

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Finish the run, if it was joined here."""
        if self._is_own and self.run is not None:
            if self._finishes:
                self.run.finish()
            self.run.close()
            self.run = None

    @property
    def _joined(self) -> Run:
        assert self.run is not None, "training has begun"
        return self.run

    @property
    def _is_by_step(self) -> bool:
        return bool(self._joined.facts["unit"] == "step")

    @property
    def _step(self) -> int:
        """The update that the next batch belongs to."""
        return (self._batch or 0) // self._accumulated(leaves(self._model.optimizer)[0])

    def _accumulated(self, optimizer: Any) -> int:
        """How many batches there are to an update."""
        return optimizer.gradient_accumulation_steps or 1

    def _apply(self, epoch: int) -> None:
        values = self._joined.values(epoch)
        if values.hyperparameters:
            raise InvalidRequest(
                f"run {self._joined.name} sets {', '.join(values.hyperparameters)} as well, which Keras compiles into "
                "its step as numbers: create it without hyperparameters"
            )
        if values == self._set:
            return  # to look at the model costs JAX a copy of its state
        for optimizer in leaves(self.model.optimizer):
            optimizer.learning_rate = values.groups.get(optimizer.name, values.lr)
        self._set = values


def leaves(optimizer: Any) -> list[Any]:
    """The optimizers that have a learning rate of their own: those within one, or itself."""
    if hasattr(optimizer, "inner_optimizer"):
        return leaves(optimizer.inner_optimizer)
    return list(getattr(optimizer, "optimizers", None) or [optimizer])


def settable(optimizer: Any) -> None:
    """See that the learning rate of `optimizer` can be set.

    Raises:
        InvalidRequest: it has a schedule of its own. Says what to give instead.
    """
    own = optimizer._learning_rate  # noqa: SLF001 - `learning_rate` is what it has come to
    if hasattr(own, "assign"):  # a variable
        return
    kind = type(optimizer).__name__
    raise InvalidRequest(
        f"the optimizer's learning rate is a schedule, {type(own).__name__}, which would be in the way: "
        f"build it with a number, {kind}(learning_rate=0.1), and give the schedule to the run{_as_run(own)}"
    )


def _as_run(schedule: Any) -> str:
    """Keras' schedule as a run has it, where it can be said."""
    from setpoint.interop.registry import read

    try:
        arguments = {name: value for name, value in schedule.get_config().items() if name != "name"}
        spec = read("keras", type(schedule).__name__, arguments, None).schedule
    except (AttributeError, InvalidRequest, NotConvertible):
        return ""
    return f": unit='step', schedule={json.dumps(spec.plain())}"
