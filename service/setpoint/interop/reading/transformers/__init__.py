"""Hugging Face's names, those of `SchedulerType` and those of the functions, and who reads what they name."""

from setpoint.interop.reading.reader import Reader
from setpoint.interop.reading.transformers.policies import GreedyLR, Plateau
from setpoint.interop.reading.transformers.schedules import (
    Constant,
    ConstantWithWarmup,
    CosineWithWarmup,
    Floored,
    FlooredOneAhead,
    HardRestarts,
    InverseSqrtWithWarmup,
    Linear,
    PolynomialWithWarmup,
    WarmupStableDecay,
)

SCHEDULERS: dict[str, type[Reader]] = {
    "linear": Linear,
    "cosine": CosineWithWarmup,
    "cosine_with_restarts": HardRestarts,
    "polynomial": PolynomialWithWarmup,
    "constant": Constant,
    "constant_with_warmup": ConstantWithWarmup,
    "inverse_sqrt": InverseSqrtWithWarmup,
    "reduce_lr_on_plateau": Plateau,
    "cosine_with_min_lr": Floored,
    "cosine_warmup_with_min_lr": FlooredOneAhead,
    "warmup_stable_decay": WarmupStableDecay,
    "greedy": GreedyLR,
    "get_linear_schedule_with_warmup": Linear,
    "get_cosine_schedule_with_warmup": CosineWithWarmup,
    "get_cosine_with_hard_restarts_schedule_with_warmup": HardRestarts,
    "get_polynomial_decay_schedule_with_warmup": PolynomialWithWarmup,
    "get_constant_schedule": Constant,
    "get_constant_schedule_with_warmup": ConstantWithWarmup,
    "get_inverse_sqrt_schedule": InverseSqrtWithWarmup,
    "get_reduce_on_plateau_schedule": Plateau,
    "get_cosine_with_min_lr_schedule_with_warmup": Floored,
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": FlooredOneAhead,
    "get_wsd_schedule": WarmupStableDecay,
    "get_greedy_schedule": GreedyLR,
    "GreedyLR": GreedyLR,
}
