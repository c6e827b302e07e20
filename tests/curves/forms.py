"""Schedules that the tests make curves of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from setpoint.schedules.form import Form
from setpoint.schedules.kinds import parse
from setpoint.schedules.piece import RISING, Piece

SPECS: tuple[dict[str, Any], ...] = (
    {"kind": "constant", "initial_lr": 0.1},
    {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5},
    {"kind": "step", "initial_lr": 0.1, "step_size": 1, "gamma": 0.9},
    {"kind": "multistep", "initial_lr": 0.1, "milestones": [3, 3, 40], "gamma": 0.3},
    {"kind": "exponential", "initial_lr": 0.1, "gamma": 0.95},
    {"kind": "exponential", "initial_lr": 0.1, "gamma": 0.5, "decay_epochs": 2.5, "staircase": True},
    {"kind": "cosine", "initial_lr": 0.1, "epochs": 90, "min_lr": 0.001},
    {"kind": "cosine", "initial_lr": 0.1, "epochs": 37, "cycles": 1.5, "past_end": "continue"},
    {"kind": "polynomial", "initial_lr": 0.1, "epochs": 90, "power": 0.9},
    {"kind": "polynomial", "initial_lr": 0.1, "epochs": 9, "power": 2, "past_end": "stretch"},
    {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 7.5, "cycle_mult": 1.5, "cycle_decay": 0.9},
    {"kind": "cyclic", "min_lr": 0.01, "peak_lr": 0.1, "up_epochs": 3, "mode": "exp_range", "gamma": 0.99},
    {"kind": "cyclic", "min_lr": 0.01, "peak_lr": 0.1, "up_epochs": 20, "up_stairs": 4},
    {"kind": "one_cycle", "peak_lr": 0.1, "epochs": 100},
    {"kind": "inverse_sqrt", "peak_lr": 0.1, "warmup_epochs": 11},
    {"kind": "table", "values": [0.3, 0.1, 0.2], "past_end": "repeat"},
    {"kind": "points", "points": [[0.5, 0.01], [10.25, 0.1], [100, 0.001]]},
    {"kind": "warmup", "warmup_epochs": 8, "schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 6}},
    {
        "kind": "product",
        "schedules": [
            {"kind": "linear", "initial_lr": 0, "final_lr": 0.1, "epochs": 50},
            {"kind": "exponential", "initial_lr": 1, "gamma": 0.97},
        ],
    },
)


def a_form(kind: str, **parameters: Any) -> Form:
    return parse({"kind": kind, **parameters}).form


def the_seed() -> Form:
    return a_form("step", initial_lr=0.1, step_size=5, gamma=0.5)


@dataclass(frozen=True)
class Laid:
    """Pieces that were laid down by hand, as a run's plan lays them."""

    laid: Sequence[Piece]

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        return (piece for piece in self.laid if piece.stop > start and piece.start < stop)


def a_line(start: int, stop: int) -> Piece:
    """The epoch itself as its learning rate."""
    return Piece(start, stop, lambda t: t, True, RISING)
