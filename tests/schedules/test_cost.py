"""What a schedule may cost to look at: counted, not timed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import pytest

from setpoint.errors import InvalidSchedule
from setpoint.schedules.breach import PATIENCE, _fits, breach
from setpoint.schedules.form import Flat, Form, Hull, Smooth, Steps
from setpoint.schedules.joint import Joined, Product
from setpoint.schedules.kinds import parse
from setpoint.schedules.piece import FALLING, RISING, Piece, Time
from tests.strategies import Json


class Counted(Sequence[Any]):
    """A sequence that counts how often it is looked into."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values, self.looks = values, 0

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Any]: ...
    def __getitem__(self, i: int | slice) -> Any:
        self.looks += 1
        return self.values[i]


@dataclass(frozen=True)
class Watched(Form):
    """A form that counts how often it is asked."""

    member: Form
    asked: list[str] = field(default_factory=list[str])

    def piece(self, t: Time) -> Piece:
        self.asked.append("piece")
        return self.member.piece(t)

    def hull(self, start: Time, stop: Time) -> Hull:
        self.asked.append("hull")
        return self.member.hull(start, stop)


@pytest.mark.parametrize("epoch", [0, 1, 2_047, 4_095, 4_096, 10**9])
def test_one_value_among_4096_milestones_takes_a_dozen_looks(epoch: int) -> None:
    starts, levels = Counted(range(4097)), Counted([0.1] * 4097)

    Steps(starts, levels).value(epoch)

    assert starts.looks + levels.looks <= 18


def test_one_value_of_a_thousand_members_asks_one_of_them() -> None:
    members = [Watched(Flat(0.1)) for _ in range(1000)]

    Joined([10 * i for i in range(1000)], members).value(7_773)

    assert [len(member.asked) for member in members if member.asked] == [1]


def test_what_fits_is_looked_at_once() -> None:
    form = Watched(Smooth(lambda t: 1.0 / (1.0 + t), True, FALLING))

    assert breach(form, 0, 10**9, 0.0, 1.0) is None
    assert form.asked == ["hull"]


def test_a_breach_a_billion_epochs_away_takes_a_hundred_looks() -> None:
    form = Watched(Smooth(lambda t: t, True, RISING))

    assert breach(form, 0, 10**9, 0.0, 987_654_321.0) == 987_654_322
    assert len(form.asked) < 100


def test_what_hulls_cannot_decide_is_given_up_after_so_many_looks() -> None:
    rising, falling = Smooth(lambda t: 1e3 + t, True, RISING), Smooth(lambda t: 1.0 / (1e3 + t), True, FALLING)
    form = Watched(Product([rising, falling]))

    found = breach(form, 0, 10**9, 0.0, 1.0 + 1e-12, patience=500)

    assert found is not None
    assert len(form.asked) <= 502


def test_a_wide_product_is_looked_at_less_often() -> None:
    one = {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 3.3}

    narrow, wide = (parse({"kind": "product", "schedules": [one] * n}).form for n in (1, 200))

    assert wide.breadth == 200 * narrow.breadth


@pytest.fixture
def hulls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The breadth of each form whose hull the check asks for."""
    asked: list[int] = []

    def counted(form: Form, start: int, stop: int, low: float, high: float) -> bool:
        asked.append(form.breadth)
        return _fits(form, start, stop, low, high)

    monkeypatch.setattr("setpoint.schedules.breach._fits", counted)
    return asked


def test_what_every_rank_sends_is_looked_at_once(hulls: list[int]) -> None:
    """A thousand of them, each with the same 4,096 knots, kept all others waiting for minutes."""
    plain = {"kind": "points", "points": [[i / 2, 0.1 * (i % 5)] for i in range(4096)]}
    parse(plain)
    hulls.clear()

    parse(plain)

    assert hulls == []


COSINE: Json = {"kind": "cosine", "initial_lr": 0.1, "epochs": 90, "past_end": "continue"}
RESTARTS: Json = {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 10}
CYCLIC: Json = {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 1, "up_epochs": 5}
POINTS: Json = {"kind": "points", "points": [[i / 2, 0.1 * (i % 7)] for i in range(4096)]}
FAST: Json = {"kind": "stretch", "rate": 2**23, "parts": 1}
LONG: list[Json] = [
    {"kind": "multistep", "initial_lr": 0.1, "milestones": list(range(4096))},
    {"kind": "table", "values": [0.1] * 65_536},
    POINTS,
    {"kind": "points", "points": [[i * 5e-324, 0.1 * (i % 7)] for i in range(4096)]},
    {"kind": "product", "schedules": [{**RESTARTS, "cycle_epochs": 7 + i, "cycle_mult": 1 + i / 9} for i in range(60)]},
    {"kind": "product", "schedules": [{"kind": "product", "schedules": [{**RESTARTS, "cycle_epochs": 7 + i + j / 7}
     for i in range(9)]} for j in range(9)]},
    {**RESTARTS, "cycle_epochs": 2.0**-10},
    {**RESTARTS, "cycle_mult": 1.0000001, "cycle_epochs": 1},
    {**RESTARTS, "cycle_mult": 1 + 2.0**-52, "cycle_epochs": 1},
    {**RESTARTS, "cycle_mult": 2**52},
    {**RESTARTS, "cycles": 10**15},
    {**RESTARTS, "cycles": 10**15, "cycle_mult": 2},
    {**RESTARTS, "cycles": 10**15, "cycle_mult": 1.5},
    {**CYCLIC, "up_stairs": 4096, "down_stairs": 4096},
    {**CYCLIC, "mode": "exp_range", "gamma": 1 + 1e-9},
    {**COSINE, "cycles": 90_000},
    {**COSINE, "epochs": 10**12, "time_power": 1e12},
    {**COSINE, "cycles": 5, "time_power": 1e-300},
    {**COSINE, "cycles": 5, "time_power": 1e-10},
    {"kind": "polynomial", "initial_lr": 0.1, "epochs": 1, "past_end": "stretch"},
    {**FAST, "schedule": {**CYCLIC, "up_epochs": 1}},
    {**FAST, "schedule": POINTS},
    {"kind": "stretch", "rate": 1, "parts": 2**53 - 1, "schedule": {**FAST, "schedule": RESTARTS}},
    {"kind": "sequence", "schedules": [{**RESTARTS, "cycle_epochs": 0.01}] * 500, "milestones": list(range(499))},
]  # fmt: skip


@pytest.mark.parametrize("plain", LONG)
def test_what_can_be_served_is_accepted_at_a_glance(plain: Json, hulls: list[int]) -> None:
    spec = parse(plain)

    assert sum(hulls) <= 600
    assert [piece.stop for piece in spec.form.pieces(2**53 - 9, 2**53 - 1)][-1] == 2**53 - 1


@pytest.mark.parametrize(
    "plain",
    [
        {**RESTARTS, "cycle_decay": 1.01},
        {**CYCLIC, "mode": "exp_range", "gamma": 1.01},
        {**COSINE, "time_power": 1e300},
        {**COSINE, "time_power": 3},
        {"kind": "product", "schedules": [{**RESTARTS, "cycle_epochs": 7 + i, "initial_lr": 1e200} for i in range(99)]},
        {"kind": "product", "schedules": [{"kind": "table", "values": [1e-200, 1e200] * 30_000}] * 2},
        {**FAST, "schedule": {**FAST, "schedule": COSINE}},
    ],
)
def test_what_cannot_be_served_is_refused_within_the_patience(plain: Json, hulls: list[int]) -> None:
    with pytest.raises(InvalidSchedule):
        parse(plain)

    assert sum(hulls) < 2 * PATIENCE
