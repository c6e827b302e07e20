"""Tokens and scopes: what each allows, on which runs, and until when."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from setpoint.access.event import TokenCreated, TokenEvent, TokenRecorded, TokenRevoked
from setpoint.access.register import Register
from setpoint.access.scope import WORDS, Scope, scope
from setpoint.access.token import Token, digest, secret

AT = "2026-05-04T03:02:01.000Z"
TOKEN = Token("tk_1", "trainer", "ab" * 32, Scope.WORKER, ("*",), AT, "ada")


def recorded(*events: TokenEvent) -> Sequence[TokenRecorded]:
    return [TokenRecorded(i, event, AT, "ada") for i, event in enumerate(events, 1)]


def test_a_secret_is_known_by_its_prefix_and_holds_all_its_256_bits() -> None:
    assert secret(bytes(32)) == "sp_" + "A" * 43
    assert secret(bytes(31) + b"\1") != secret(bytes(32))


def test_of_a_secret_its_sha256_is_kept() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_scopes_are_ordered_from_looking_to_governing() -> None:
    assert WORDS == ("reader", "worker", "operator", "admin")
    assert scope("reader") < scope("worker") < scope("operator") < scope("admin")


@pytest.mark.parametrize(
    ("runs", "run", "covered"),
    [
        (("*",), "resnet50", True),
        (("resnet*",), "resnet50", True),
        (("resnet*",), "my-resnet50", False),
        (("bert-?",), "bert-1", True),
        (("bert-?",), "bert-12", False),
        (("a.b",), "a-b", False),
        (("a", "b*"), "b2", True),
        (("Resnet",), "resnet", False),
        ((), "resnet50", False),
    ],
)
def test_a_token_is_for_the_runs_that_one_of_its_globs_matches_whole(
    runs: tuple[str, ...], run: str, covered: bool
) -> None:
    assert replace(TOKEN, runs=runs).covers(run) is covered


@pytest.mark.parametrize(
    ("change", "now", "ended"),
    [
        ({}, AT, False),
        ({"expires_at": "2026-05-04T03:02:02.000Z"}, "2026-05-04T03:02:01.999Z", False),
        ({"expires_at": "2026-05-04T03:02:02.000Z"}, "2026-05-04T03:02:02.000Z", True),
        ({"revoked_at": AT}, AT, True),
    ],
)
def test_a_token_ends_when_it_is_revoked_or_expires(change: dict[str, Any], now: str, ended: bool) -> None:
    assert replace(TOKEN, **change).ended(now) is ended


def test_tokens_are_what_their_events_add_up_to() -> None:
    created = TokenCreated("tk_1", "trainer", "ab" * 32, "worker", ("*",))

    before = Register().after(recorded(created))
    after = before.after([TokenRecorded(2, TokenRevoked("tk_1"), "2026-05-04T03:02:02.000Z", "bob")])

    assert before.found("ab" * 32) == TOKEN
    assert after.found("ab" * 32) == replace(TOKEN, revoked_at="2026-05-04T03:02:02.000Z")
    assert before.found("cd" * 32) is None
    assert after.version == 2


def test_the_first_revocation_counts() -> None:
    created = TokenCreated("tk_1", "trainer", "ab" * 32, "worker", ("*",))
    register = Register().after(recorded(created, TokenRevoked("tk_1")))

    again = register.after([TokenRecorded(3, TokenRevoked("tk_1"), "2027-01-01T00:00:00.000Z", "bob")])

    assert again.tokens["tk_1"].revoked_at == AT


def test_sessions_and_links_are_not_tokens_that_people_made() -> None:
    made = [
        TokenCreated("tk_1", "ada", "01" * 32, "admin", ("*",)),
        TokenCreated("tk_2", "ada", "02" * 32, "admin", ("*",), use="session", parent="tk_1"),
        TokenCreated("tk_3", "ada", "03" * 32, "admin", ("*",), use="link", parent="tk_1"),
    ]

    assert [token.id for token in Register().after(recorded(*made)).of_people()] == ["tk_1"]
