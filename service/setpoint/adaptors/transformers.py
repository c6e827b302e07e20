"""For Hugging Face's Trainer: a run's learning rates instead of those of `lr_scheduler_type`."""

from collections.abc import Mapping
from typing import Any

from transformers.trainer_callback import TrainerCallback, TrainerControl, TrainerState
from transformers.training_args import TrainingArguments

from setpoint.adaptors.torch import RemoteLR


class RemoteLRMixin:
    """A Trainer with the learning rates of a run: first among its bases.

        class MyTrainer(RemoteLRMixin, Trainer): ...

        trainer = MyTrainer(..., args=args, remote_lr={"run": "bert"})

    Unless a schedule is given, the run's is the one that `args` names (`lr_scheduler_type`, warm-up, ...). It is made
    when the training begins, on the optimizer that is trained: that is what FSDP and `model_init` ask for, where the
    Trainer refuses a scheduler in `optimizers`. The metric of each evaluation is reported to the run.
    """

    def __init__(self, *args: Any, remote_lr: Mapping[str, Any], **settings: Any) -> None:
        """`remote_lr` is what `RemoteLR` is made with: `run`, `url`, `schedule`, ...; the unit is a step."""
        self._remote_lr: dict[str, Any] = {"unit": "step", **remote_lr}
        super().__init__(*args, **settings)
        self.add_callback(ReportEvaluation())  # type: ignore[attr-defined, unused-ignore]

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """As the Trainer's own, which it calls."""
        trainer: Any = self
        if trainer.lr_scheduler is None:
            trainer.lr_scheduler = self._created(num_training_steps, optimizer or trainer.optimizer)
            trainer._created_lr_scheduler = True  # noqa: SLF001 - else it is taken for one that was given
        return trainer.lr_scheduler

    def _created(self, num_training_steps: int, optimizer: Any) -> RemoteLR:
        if self._remote_lr.get("schedule") is not None:
            return RemoteLR(optimizer, **self._remote_lr)
        parent: Any = super()
        named = parent.create_scheduler(num_training_steps, optimizer)
        return RemoteLR.from_scheduler(named, **self._remote_lr)


class ReportEvaluation(TrainerCallback):
    """Reports the metric of each evaluation (`metric_for_best_model`, else the loss), and the end of the training."""

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Report it for the update before it. An evaluation before the training is none of the run's."""
        scheduler, metrics = given.get("lr_scheduler"), given.get("metrics", {})
        name = args.metric_for_best_model or "loss"
        value = metrics.get(name if name.startswith("eval_") else f"eval_{name}")
        if isinstance(scheduler, RemoteLR) and value is not None and state.global_step > 0:
            scheduler.report(value, scheduler.last_epoch - 1)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        scheduler = given.get("lr_scheduler")
        if not isinstance(scheduler, RemoteLR):
            return
        if state.global_step >= state.max_steps:
            scheduler.finish()
        else:
            scheduler.close()
