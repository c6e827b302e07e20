"""`setpoint token`: against a service that asks for tokens, whose admin's token the command finds by itself."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from setpoint.cli.commands import COMMANDS
from tests.api_access.guarded import Guarded
from tests.cli.shell import line, run


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Guarded]:
    with Guarded(tmp_path_factory.mktemp("data")) as guarded:
        yield guarded


@pytest.fixture(autouse=True)
def found(service: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETPOINT_URL", service.process.url)
    monkeypatch.setenv("SETPOINT_DATA", str(service.data))


def test_the_examples_do_what_they_say_one_after_the_other() -> None:
    for example in COMMANDS["token"].examples:
        ended = line(example)

        assert ended.code == 0, ended.err
        assert ended.raw


def test_a_new_token_is_all_that_is_printed_and_it_lets_in(service: Guarded) -> None:
    ended = run("token create ada --scope operator --runs mnist,bert-* --expires 12h")

    assert ended.err.startswith("ada: operator, for mnist bert-*, until 2")
    secret = ended.out.strip()
    assert ended.out == f"{secret}\n"
    told = service.holder(secret).get("/v1/session").json()
    assert (told["name"], told["scope"], told["runs"]) == ("ada", "operator", ["mnist", "bert-*"])


def test_a_token_reads_unless_more_is_said(service: Guarded) -> None:
    secret = run("token create looker").out.strip()

    assert service.holder(secret).get("/v1/session").json()["scope"] == "reader"


def test_a_revoked_token_lets_in_no_more_and_is_listed_as_that(service: Guarded) -> None:
    secret = run("token create bob").out.strip()

    assert "bob (tk_" in run("token revoke bob").out
    assert service.holder(secret).get("/v1/session").status_code == 401
    (row,) = [row for row in run("token list").out.splitlines() if row.startswith("bob ")]
    assert "revoked" in row
    assert secret not in row


def test_a_token_is_revoked_by_its_id_too() -> None:
    made = run("token create carol --json").json

    assert run(f"token revoke {made['token']} --json").json["active"] is False


def test_a_link_opens_a_session_once(service: Guarded) -> None:
    url = run("token link").out.strip()

    address, _, secret = url.partition("#")
    assert address == f"{service.process.url}/sign-in"
    assert service.http.post("/v1/session", json={"secret": secret}).status_code == 201
    assert service.http.post("/v1/session", json={"secret": secret}).status_code == 401


def test_another_token_of_the_environment_counts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETPOINT_TOKEN", run("token create dave").out.strip())

    ended = run("token list")

    assert ended.code == 2
    assert "needs the scope admin, and the token dave has reader" in ended.err


def test_who_has_no_token_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SETPOINT_DATA", str(tmp_path))

    ended = run("runs")

    assert ended.code == 2
    assert "SETPOINT_TOKEN" in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("token create", "takes a NAME"),
        ("token list ada", "takes no name"),
        ("token revoke nobody", "there is no token nobody that counts"),
        ("token link --scope admin", "are for `setpoint token create`"),
        ("token create x --expires 3", "such as 12h or 30d"),
        ("token create x --scope root", "--scope"),
    ],
)
def test_what_can_not_be_meant_is_told_in_a_line(words: str, told: str) -> None:
    ended = run(words)

    assert ended.code == 2
    assert told in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_the_list_is_json_where_that_is_asked_for() -> None:
    assert json.loads(run("token list --json").out)["tokens"][0]["name"] == "admin"
