"""Every case that the real libraries produced, imported: it agrees, or it is one of those that are named here."""

import pytest

from setpoint.errors import InvalidRequest, NotConvertible
from setpoint.interop.registry import READERS, read
from setpoint.plateau.simulation import simulate
from tests.interop.vectors import Case, cases

REFUSED = {
    "torch: ConstantLR(factor=0.0, total_iters=3)": "ZeroDivisionError at epoch 3",
    "torch: PolynomialLR(total_iters=3, power=-1.0)": "ZeroDivisionError at epoch 3",
    "torch: StepLR(step_size=4, gamma=-0.5)": "can't be served",
    "torch: StepLR(step_size=-3, gamma=0.5)": "negative step_size",
    "torch: ExponentialLR(gamma=-0.9)": "can't be served",
    "torch: CosineAnnealingLR(T_max=33, eta_min=-0.01)": "can't be served",
    "torch: OneCycleLR(max_lr=1.0, total_steps=20, anneal_strategy='linear')": "negative learning rate",
    "torch: OneCycleLR(max_lr=0.1, total_steps=30, pct_start=0.5, three_phase=True, anneal_strategy='linear')": (
        "negative learning rate"
    ),
    "torch: ChainedScheduler(schedulers=[ExponentialLR(gamma=0.95), CosineAnnealingLR(T_max=10)])": "adds to",
    "torch: ChainedScheduler(schedulers=[LinearLR(start_factor=0.1, total_iters=5), "
    "SequentialLR(schedulers=[LinearLR(start_factor=0.1, total_iters=3), ExponentialLR(gamma=0.9)], "
    "milestones=[3])])": "sets the learning rate anew",
    "torch: SequentialLR(schedulers=[LinearLR(start_factor=0.1, total_iters=5), "
    "SequentialLR(schedulers=[ConstantLR(factor=0.4, total_iters=3), ExponentialLR(gamma=0.9)], milestones=[3])], "
    "milestones=[5])": "NotImplementedError at epoch 5",
    "torch: plateau flat {'patience': 1, 'factor': 0.3, 'min_lr': [0.01, 0.0001, 0.002]} lr=[0.1, 0.01, 0.001]": (
        "one min_lr for all groups"
    ),
    "transformers: polynomial {'num_warmup_steps': 10, 'num_training_steps': 10} lr=0.001": (
        "ZeroDivisionError at epoch 10"
    ),
}
"""What is refused, though the library gives values: it fails under way, or goes where no schedule can."""

ALL = [case for case in cases() if case.library in READERS]
SAYABLE = [case for case in ALL if not (case.refused_by_the_library or case.needs_code or case.name in REFUSED)]


def named(case: Case) -> str:
    return case.name


def curves(case: Case) -> list[list[float]]:
    got = read(case.library, case.scheduler, case.arguments, case.initial_lr)
    specs = [got.schedule, *got.groups.values()]
    if case.metrics is None:
        return [[spec.lr(epoch) for epoch in case.epochs] for spec in specs]
    assert got.plateau is not None
    return [simulate(got.plateau, spec.lr, case.metrics) for spec in specs]


@pytest.mark.parametrize("case", SAYABLE, ids=named)
def test_an_import_has_the_librarys_values(case: Case) -> None:
    got = curves(case)

    assert all(case.agrees(curve, column) for curve, column in zip(got, case.columns, strict=True))


@pytest.mark.parametrize("case", [case for case in ALL if case.refused_by_the_library], ids=named)
def test_what_the_library_refuses_is_refused(case: Case) -> None:
    with pytest.raises((NotConvertible, InvalidRequest)):
        read(case.library, case.scheduler, case.arguments, case.initial_lr)


@pytest.mark.parametrize("case", [case for case in ALL if case.needs_code], ids=named)
def test_what_only_code_can_say_is_refused(case: Case) -> None:
    with pytest.raises(NotConvertible):
        read(case.library, case.scheduler, case.arguments, case.initial_lr)


@pytest.mark.parametrize("case", [case for case in ALL if case.name in REFUSED], ids=named)
def test_the_rest_is_refused_with_its_reason(case: Case) -> None:
    with pytest.raises(NotConvertible) as refusal:
        read(case.library, case.scheduler, case.arguments, case.initial_lr)

    assert REFUSED[case.name] in refusal.value.detail


def test_at_most_4_percent_are_refused_besides_those_that_need_code_or_fail_in_the_library() -> None:
    refused = [case for case in ALL if case.name in REFUSED]

    assert len(refused) <= 0.04 * len(ALL)
