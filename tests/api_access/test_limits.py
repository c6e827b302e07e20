"""Wrong tokens and open streams: how many there may be."""

import pytest

from setpoint.access.scope import Scope
from setpoint.access.token import Token
from setpoint.api import leases
from setpoint.api.failures import MOST, SECONDS_EACH, Failures
from setpoint.api.leases import Leases
from setpoint.coordination.tokens import Clock, Tokens
from setpoint.errors import TooManyFailures, TooManyStreams
from tests.api_access.guarded import Guarded
from tests.coordination.memory import MemoryJournal

AT = "2026-05-04T03:02:01.000Z"
TOKEN = Token("tk_1", "ada", "ab" * 32, Scope.READER, ("*",), AT, "bob")
OTHER = Token("tk_2", "eve", "cd" * 32, Scope.READER, ("*",), AT, "bob")


class Hands:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def wrong(failures: Failures, address: str, count: int) -> None:
    for _ in range(count):
        failures.add(address)


def test_ten_wrong_tokens_are_told_so_and_the_next_is_told_to_wait() -> None:
    failures = Failures(Hands())
    wrong(failures, "10.0.0.7", MOST)

    with pytest.raises(TooManyFailures) as refused:
        failures.add("10.0.0.7")

    assert refused.value.extra["retry_after"] == SECONDS_EACH
    assert failures.count == MOST + 1


def test_one_more_is_looked_at_after_six_seconds() -> None:
    hands = Hands()
    failures = Failures(hands)
    wrong(failures, "10.0.0.7", MOST)

    hands.now = SECONDS_EACH
    failures.add("10.0.0.7")

    with pytest.raises(TooManyFailures):
        failures.add("10.0.0.7")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.7", "10.0.0.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("local", "10.0.0.7", False),
    ],
)
def test_each_address_has_its_own_count_and_a_subscriber_of_ipv6_is_one(one: str, other: str, same: bool) -> None:
    failures = Failures(Hands())
    wrong(failures, one, MOST)

    if same:
        with pytest.raises(TooManyFailures):
            failures.add(other)
    else:
        failures.add(other)


def test_the_right_token_is_let_in_while_wrong_ones_are_sent_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Guarded(tmp_path_factory.mktemp("data")) as service:
        answers = [service.http.get("/v1/info", headers={"Authorization": f"Bearer {i}"}) for i in range(MOST + 1)]

        assert [answer.status_code for answer in answers] == [401] * MOST + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert answers[-1].json()["type"] == "/problems/too-many-failures"
        assert service.admin.get("/v1/info").status_code == 200
        assert service.http.post("/v1/session", json={"secret": "wrong"}).status_code == 429


def tokens() -> Tokens:
    return Tokens(MemoryJournal(), Clock(lambda _: AT), bytes, TOKEN)


def test_a_token_has_so_many_streams_and_another_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "MOST", 2)
    all_of, known = Leases(), tokens()

    with all_of.lease(TOKEN, known).held(), all_of.lease(TOKEN, known).held():
        with pytest.raises(TooManyStreams):
            all_of.lease(TOKEN, known)
        with all_of.lease(OTHER, known).held():
            pass

    assert all_of.lease(TOKEN, known).counts()
