"""What is set by flag, by environment and by default, and what refuses to start."""

import re
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from setpoint.cli import serve
from setpoint.cli.parser import Parser
from setpoint.settings import InvalidSetting, Settings, read

SECRET = "s3cret"


def environment(**variables: str) -> dict[str, str]:
    return {f"SETPOINT_{name.upper()}": value for name, value in variables.items()}


def test_with_nothing_said_it_serves_the_loopback_address_on_port_8321() -> None:
    settings = read({}, {"HOME": "/home/ada"})

    assert settings == Settings(
        host="127.0.0.1",
        port=8321,
        data=Path("/home/ada/.local/share/setpoint"),
        database_url=None,
        token=None,
        auth=False,
        no_auth=False,
        allowed_hosts=frozenset(),
        tls_cert=None,
        tls_key=None,
        trusted_proxies=(),
        grace_seconds=8,
        require_sync=False,
    )


def test_the_environment_counts_before_the_default() -> None:
    environ = environment(host="::1", port="9000", data="/srv/lr", no_auth="yes", grace_seconds="3")

    settings = read({}, environ)

    assert (settings.host, settings.port, settings.data) == ("::1", 9000, Path("/srv/lr"))
    assert (settings.no_auth, settings.grace_seconds) == (True, 3)


def test_a_flag_counts_before_the_environment() -> None:
    environ = environment(host="::1", port="9000", data="/srv/lr", database_url="sqlite:///a.db")

    settings = read(
        {"host": "localhost", "port": "0", "data": "/tmp/lr", "database_url": "sqlite:///b.db"},
        environ,
    )

    assert (settings.host, settings.port) == ("localhost", 0)
    assert (settings.data, settings.database_url) == (Path("/tmp/lr"), "sqlite:///b.db")


def test_a_flag_that_was_not_given_leaves_the_environment_its_say() -> None:
    assert read({"port": None}, environment(port="9000")).port == 9000


def test_settings_never_change_once_they_are_read() -> None:
    settings = read({}, {})

    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]  # what is forbidden is what is tried


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/home/ada"}, "/home/ada/.local/share/setpoint"),
        ({"HOME": "/home/ada", "XDG_DATA_HOME": "/data"}, "/data/setpoint"),
        ({"HOME": "/home/ada", "XDG_DATA_HOME": "data"}, "/home/ada/.local/share/setpoint"),
        ({"HOME": "/home/ada", "XDG_DATA_HOME": ""}, "/home/ada/.local/share/setpoint"),
    ],
)
def test_data_lies_where_xdg_says(environ: Mapping[str, str], folder: str) -> None:
    assert read({}, environ).data == Path(folder)


@pytest.mark.parametrize("name", ["token", "database_url"])
def test_a_secret_may_lie_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("sqlite:///x.db\n", encoding="utf-8")

    settings = read({}, environment(**{f"{name}_file": str(file)}))

    assert getattr(settings, name) == "sqlite:///x.db"


@pytest.mark.parametrize("name", ["TOKEN", "DATABASE_URL"])
def test_a_secret_given_twice_refuses_to_start(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET, encoding="utf-8")
    environ = {f"SETPOINT_{name}": SECRET, f"SETPOINT_{name}_FILE": str(file)}

    with pytest.raises(InvalidSetting, match=f"SETPOINT_{name}_FILE are both set") as refusal:
        read({}, environ)

    assert SECRET not in str(refusal.value)


def test_a_secret_that_cannot_be_read_refuses_to_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"SETPOINT_TOKEN_FILE names .*none, which can't be"):
        read({}, environment(token_file=str(tmp_path / "none")))


def test_a_secret_that_is_no_text_refuses_to_start(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidSetting, match="can't be read"):
        read({}, environment(token_file=str(file)))


def test_an_empty_secret_refuses_to_start(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\n", encoding="utf-8")

    for environ in (environment(token=""), environment(token_file=str(file))):
        with pytest.raises(InvalidSetting, match="SETPOINT_TOKEN is empty"):
            read({}, environ)


def test_secrets_are_not_shown_with_the_settings() -> None:
    environ = environment(token=SECRET, database_url=f"postgresql://ada:{SECRET}@db/lr")

    assert SECRET not in repr(read({}, environ))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "+1"),
        ("port", "1_0"),
        ("port", "8321.0"),
        ("port", "٣"),
        ("port", ""),
        ("host", "http://127.0.0.1"),
        ("host", ""),
        ("host", "a b"),
        ("no_auth", "perhaps"),
        ("auth", "perhaps"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "*"),
        ("allowed_hosts", "node-17:8321"),
        ("allowed_hosts", "node-17, node-18"),
        ("allowed_hosts", "*"),
        ("grace_seconds", "3601"),
        ("database_url", "mysql://db/lr"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name} must"):
        read({}, environment(**{name: value}))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("node-17", False),
    ],
)
def test_an_address_is_known_for_loopback_or_not(host: str, *, loopback: bool) -> None:
    assert Settings(host=host).loopback is loopback


def test_the_service_goes_by_its_loopback_names_its_own_address_and_those_it_is_given() -> None:
    settings = read({"host": "FD00::7"}, environment(allowed_hosts="Node-17,lr.example.org,"))

    assert settings.names == frozenset({"localhost", "127.0.0.1", "[::1]", "[fd00::7]", "node-17", "lr.example.org"})


def test_served_to_this_machine_it_goes_by_no_other_name() -> None:
    assert read({}, {}).names == frozenset({"localhost", "127.0.0.1", "[::1]"})


def test_served_to_other_machines_under_names_that_nobody_told_it_goes_by_any() -> None:
    assert read({"host": "0.0.0.0"}, {}).names is None


def test_the_table_of_the_readme_has_every_setting_with_its_flag_its_variable_and_its_default() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(--[a-z-]+)` \| `(SETPOINT_[A-Z_]+)`[^|]*\| (.+) \|$", readme, re.MULTILINE)
    parser = Parser("setpoint serve", "", "", ())
    serve.arguments(parser)

    assert {flag for flag, _, _ in rows} == set(parser.flags) - {"-h", "--help"}
    defaults = Settings()
    for flag, variable, default in rows:
        name = flag.removeprefix("--").replace("-", "_")
        assert variable == f"SETPOINT_{name.upper()}"
        value = getattr(defaults, name)
        if isinstance(value, bool):
            assert default.startswith("no"), flag
        elif isinstance(value, (int, str)):
            assert default.startswith(str(value)), flag
