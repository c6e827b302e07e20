"""Events out of a hat: every kind, with every value that it may carry."""

from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from setpoint.plateau.policy import State as Policy
from setpoint.runs.change import AnyChange, Change
from setpoint.runs.event import (
    AttemptOpened,
    Changed,
    Created,
    Decided,
    Diverged,
    Event,
    Key,
    Labelled,
    Left,
    Measured,
    Reported,
    SealedEpochs,
    StateChanged,
)
from setpoint.runs.sealed import bits
from setpoint.runs.settings import Settings
from tests.strategies import RATES, schedules

_change: TypeAdapter[Change] = TypeAdapter(AnyChange)

FLOATS = st.floats()
NUMBERS = st.integers(1, 2**53 - 1)
TEXTS = st.text(max_size=20)
NAMES = st.sampled_from(["w0", "a.b-c_D", "7"])
KEYS = st.none() | st.builds(Key, TEXTS, TEXTS)
FEW = st.lists(FLOATS, max_size=3).map(tuple)

PLATEAUS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"variant": "torch", "patience": 3, "mode": "max", "min_lr": 1e-6},
        {"variant": "keras", "min_delta": 0.001},
        {"variant": "optax"},
        {"variant": "paddle", "threshold_mode": "abs"},
        {"wait": True, "every": 2},
    ]
)
SETTINGS: st.SearchStrategy[Settings] = st.fixed_dictionaries(
    {"schedule": schedules(2)},
    optional={
        "groups": st.dictionaries(NAMES, schedules(1), max_size=2),
        "hyperparameters": st.dictionaries(NAMES, RATES, max_size=2),
        "plateau": PLATEAUS,
        "unit": st.sampled_from(["epoch", "step"]),
        "max_lookahead": st.integers(0, 100),
        "start_epoch": st.integers(0, 2**53 - 1),
        "bounds": st.just({"min_lr": 0.0, "max_ratio": 10}),
        "labels": st.dictionaries(NAMES, TEXTS, max_size=2),
    },
).map(Settings.model_validate)

_SAID = {"reason": TEXTS, "epoch": st.integers(0, 2**53 - 1), "exact": st.booleans(), "groups": st.just(["lr"])}


def _op(name: str, **required: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"op": st.just(name), **required}, optional=_SAID)


CHANGES: st.SearchStrategy[Change] = st.one_of(
    _op("scale", factor=RATES),
    _op("set", lr=RATES),
    _op("hold"),
    _op("release"),
    _op("replace", schedule=schedules(2)),
    _op("extend", epochs=NUMBERS),
    _op("decay", epochs=NUMBERS, final_lr=RATES, shape=st.sampled_from(["linear", "cosine"])),
    _op("cancel", change=NUMBERS),
).map(_change.validate_python)

COLUMNS = st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(
    lambda size: st.lists(
        st.lists(FLOATS, min_size=size[1], max_size=size[1]).map(bits), min_size=size[0], max_size=size[0]
    ).map(tuple)
)
POLICIES = st.builds(Policy, st.none() | FLOATS, NUMBERS, NUMBERS, FEW, NUMBERS, FLOATS)

EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Created, SETTINGS, NUMBERS),
    st.builds(SealedEpochs, NUMBERS, NUMBERS, COLUMNS, NUMBERS),
    st.builds(Reported, NUMBERS, TEXTS, NUMBERS),
    st.builds(Left, NUMBERS, TEXTS),
    st.builds(Changed, NUMBERS, CHANGES, NUMBERS, NUMBERS, NUMBERS, FEW, FEW, KEYS),
    st.builds(
        AttemptOpened,
        NUMBERS,
        NUMBERS,
        NUMBERS,
        st.sampled_from(["values", "changes", "nothing"]),
        st.lists(NUMBERS, max_size=3).map(tuple),
        NUMBERS,
        NUMBERS,
        st.lists(NUMBERS, max_size=3).map(tuple),
        st.none() | TEXTS,
        st.none() | TEXTS,
        KEYS,
    ),
    st.builds(Measured, NUMBERS, NUMBERS, TEXTS, FLOATS, FLOATS),
    st.builds(Decided, NUMBERS, NUMBERS, FLOATS, POLICIES, FEW, NUMBERS, NUMBERS),
    st.builds(StateChanged, st.sampled_from(["running", "finished", "archived"])),
    st.builds(Labelled, st.dictionaries(TEXTS, TEXTS, max_size=3)),
    st.builds(Diverged, NUMBERS, TEXTS, TEXTS, NUMBERS, FEW, FEW),
)
