"""A run's learning rates in Hugging Face's Trainer, with a small BERT."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainerCallback, TrainingArguments

from setpoint import NotConvertible
from setpoint.adaptors.torch import RemoteLR
from setpoint.adaptors.transformers import RemoteLRMixin
from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.run import Run
from setpoint.client.transport import Transport
from setpoint.testing import Service

UPDATES = 12


class Sentences(Dataset[dict[str, Any]]):
    """Eight short rows of tokens; the label is whether they begin with a small one."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, Any]:
        tokens = torch.arange(6) * (index + 1) % 32
        return {"input_ids": tokens, "attention_mask": torch.ones(6, dtype=torch.long), "labels": index % 2}


class Used(TrainerCallback):
    """The learning rate of each update."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self.rates.append(given["optimizer"].param_groups[0]["lr"])


class RemoteTrainer(RemoteLRMixin, Trainer):
    pass


def bert() -> Any:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=32, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, num_labels=2
    )
    return BertForSequenceClassification(config)


def arguments(folder: Path, **settings: Any) -> TrainingArguments:
    given: dict[str, Any] = {
        "output_dir": str(folder),
        "max_steps": UPDATES,
        "per_device_train_batch_size": 4,
        "learning_rate": 0.01,
        "use_cpu": True,
        "report_to": "none",
        "save_strategy": "no",
        "disable_tqdm": True,
        "seed": 3,
        **settings,
    }
    return TrainingArguments(**given)


def trained(kind: Any, folder: Path, resume: str | None = None, **settings: Any) -> tuple[list[float], Any]:
    """The learning rates of a training's updates, and its trainer."""
    remote = {"remote_lr": settings.pop("remote_lr")} if "remote_lr" in settings else {}
    used, evaluated = Used(), {"eval_dataset": Sentences()} if "eval_strategy" in settings else {}
    trainer = kind(
        model=bert(),
        args=arguments(folder, **settings),
        train_dataset=Sentences(),
        callbacks=[used],
        **evaluated,
        **remote,
    )
    trainer.train(resume_from_checkpoint=resume)
    return used.rates, trainer


def bits(trainer: Any) -> list[torch.Tensor]:
    return list(trainer.model.state_dict().values())


def shown(served: Service, run: str) -> Any:
    with Transport(Place(served.url)) as transport:
        return transport.ask(call.show(run)).body


@pytest.mark.parametrize("name", ["linear", "cosine", "polynomial"])
def test_a_training_is_as_it_was_with_the_schedule_that_its_arguments_name(
    name: str, served: Service, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"lr_scheduler_type": name, "warmup_steps": 3}
    wanted, theirs = trained(Trainer, tmp_path, **settings)

    used, ours = trained(RemoteTrainer, tmp_path, remote_lr={"url": served.url, "run": name}, **settings)

    assert used == pytest.approx(wanted, rel=0, abs=1e-12 * max(wanted))
    assert all(torch.allclose(mine, other, rtol=1e-6) for mine, other in zip(bits(ours), bits(theirs), strict=True))
    found = shown(served, name)
    assert (found["state"], found["unit"]) == ("finished", "step")


def test_a_change_from_outside_reaches_the_trainer(served: Service, tmp_path: Path) -> None:
    remote = {"url": served.url, "run": "hf-changed", "schedule": {"kind": "constant"}, "max_lookahead": 1}
    Run.join(
        served.url, "hf-changed", schedule={"kind": "constant", "initial_lr": 0.01}, unit="step", max_lookahead=1
    ).change("scale", factor=0.5, reason="too high", epoch=6)

    used, _ = trained(RemoteTrainer, tmp_path, remote_lr=remote)

    assert used == [0.01] * 6 + [0.005] * 6


def test_a_training_resumes_from_its_checkpoint_in_a_new_attempt(served: Service, tmp_path: Path) -> None:
    remote = {"url": served.url, "run": "hf-resumed", "schedule": {"kind": "step", "step_size": 4, "gamma": 0.5}}
    settings: dict[str, Any] = {"remote_lr": remote, "save_strategy": "steps", "save_steps": 5}
    whole, first = trained(RemoteTrainer, tmp_path, **settings)

    used, second = trained(RemoteTrainer, tmp_path, resume=str(tmp_path / "checkpoint-5"), **settings)

    assert whole == [0.01] * 4 + [0.005] * 4 + [0.0025] * 4
    assert used == whole[5:]
    assert shown(served, "hf-resumed")["attempt"] == 2
    assert all(torch.equal(mine, other) for mine, other in zip(bits(second), bits(first), strict=True))


def test_the_model_may_be_made_by_the_trainer(served: Service, tmp_path: Path) -> None:
    trainer = RemoteTrainer(
        model_init=bert,
        args=arguments(tmp_path),
        train_dataset=Sentences(),
        remote_lr={"url": served.url, "run": "hf-init"},
    )
    trainer.train()

    assert isinstance(trainer.lr_scheduler, RemoteLR)
    assert trainer.lr_scheduler.last_epoch == UPDATES


def test_the_loss_of_each_evaluation_is_reported_and_lowers_it(
    served: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plateau = {"patience": 0, "factor": 0.5, "every": 3, "mode": "max", "threshold_mode": "abs", "threshold": 100.0}
    remote = {"url": served.url, "run": "hf-plateau", "plateau": plateau, "max_lookahead": 0}
    settings: dict[str, Any] = {
        "lr_scheduler_type": "constant",
        "eval_strategy": "steps",
        "eval_steps": 3,
        "eval_on_start": True,
    }

    used, _ = trained(RemoteTrainer, tmp_path, remote_lr=remote, **settings)

    # The first is the best so far; each later one is no better by a hundred. An update is sealed already by then.
    assert used[:7] == [0.01] * 7
    assert used[-1] == 0.0025


def test_a_schedule_that_hangs_on_the_training_itself_is_refused(served: Service, tmp_path: Path) -> None:
    with pytest.raises(NotConvertible, match="GreedyLR is none of torch's schedulers"):
        trained(
            RemoteTrainer,
            tmp_path,
            remote_lr={"url": served.url, "run": "hf-greedy"},
            lr_scheduler_type="greedy",
            eval_strategy="steps",
            eval_steps=3,
        )
