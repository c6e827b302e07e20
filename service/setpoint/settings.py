"""What Setpoint is told from outside: one frozen object, for the service and for its clients.

A flag counts before the environment, the environment before the default. A secret may instead lie
in a file that the variable's `_FILE` twin names, as container platforms mount them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal, TypeAlias

from setpoint.errors import SetpointError

TOKEN_FILE = "token"
"""In the data folder: the token of an admin, which a service makes and its clients on this machine find."""
AuthMode: TypeAlias = Literal["tokens", "loopback", "off"]
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
SQLITE, POSTGRESQL = "sqlite:///", "postgresql://"
_ENGINES = (SQLITE, POSTGRESQL)


class InvalidSetting(SetpointError):
    """A flag or an environment variable that can't be meant: nothing starts with it."""

    code = "invalid-setting"
    title = "A setting is not valid"
    advice = "Correct the flag or the environment variable that it names."


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, where to keep what must last, and who is let in.

    host, port: the address to serve; port 0 takes a free one.
    data: the folder for the database and the token.
    database_url: `sqlite:///PATH` or `postgresql://...`; None is `setpoint.db` in `data`.
    token: what a client shows; a service lets whoever shows it do all.
    auth: ask for tokens on this machine's own address as well.
    no_auth: ask for none, although other machines can reach the address.
    allowed_hosts: further names, without ports, that the service goes by; no others, once there are some.
    tls_cert, tls_key: files with the certificate chain and its key; both, or neither.
    trusted_proxies: addresses or networks of proxies, whose word is taken for where a request came from.
    grace_seconds: how long requests in flight may take once the service is told to stop.
    require_sync: serve only what a second database server has before it is acknowledged.
    log_format: `human`, or `json` for machines.
    log_level: what is logged, from `debug` to `error`.
    access_log: log every request; mistakes of the service and slow requests are logged anyway.
    """

    host: str = "127.0.0.1"
    port: int = 8321
    data: Path = Path("~/.local/share/setpoint")
    database_url: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    auth: bool = False
    no_auth: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    tls_cert: Path | None = None
    tls_key: Path | None = field(default=None, repr=False)
    trusted_proxies: tuple[str, ...] = ()
    grace_seconds: int = 8
    require_sync: bool = False
    log_format: str = "human"
    log_level: str = "warning"
    access_log: bool = False

    @property
    def store(self) -> str:
        """The URL of the database: the one that was told, or that of the file in the data folder."""
        return self.database_url or f"{SQLITE}{self.data / 'setpoint.db'}"

    @property
    def file(self) -> Path | None:
        """The database's file; None where it is none."""
        return Path(self.store.removeprefix(SQLITE)) if self.store.startswith(SQLITE) else None

    @property
    def names(self) -> frozenset[str] | None:
        """What the service may be called in a request; any other name is that of a page whose DNS leads here.

        None where it is served to other machines, by names that nobody told.
        """
        if not (self.loopback or self.allowed_hosts):
            return None
        address = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset({"localhost", "127.0.0.1", "[::1]", address.lower()}) | self.allowed_hosts

    @property
    def asks_for_tokens(self) -> bool:
        """Whether a token is needed: where others could reach the address, where it is said, and where one is given."""
        return not self.no_auth and (self.auth or self.token is not None or not self.loopback)

    @property
    def auth_mode(self) -> AuthMode:
        """How it is told: tokens; loopback, where only this machine is let in; off, which had to be said."""
        if self.asks_for_tokens:
            return "tokens"
        return "loopback" if self.loopback else "off"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the address that is served."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def read(flags: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """The settings that `flags` (by field name; None: not given) and `environ` make together.

    Raises:
        InvalidSetting: a value is not of its form, or a secret is given twice or can't be read.
    """
    source = _Source(flags, environ)
    auth, no_auth = _switch(source, "auth"), _switch(source, "no_auth")
    cert, key = _file(source, "tls_cert"), _file(source, "tls_key")
    if (cert is None) != (key is None):
        raise InvalidSetting("tls_cert and tls_key belong together: give both, or neither.")
    if auth and no_auth:
        raise InvalidSetting("auth and no_auth are both said: keep one of them.")
    return Settings(
        host=_host(source),
        port=_whole(source, "port", 8321, most=65535),
        data=Path(source.value("data") or _data_home(environ) / "setpoint").expanduser(),
        database_url=_database_url(source),
        token=source.secret("token"),
        auth=auth,
        no_auth=no_auth,
        allowed_hosts=_names(source),
        tls_cert=cert,
        tls_key=key,
        trusted_proxies=_proxies(source),
        grace_seconds=_whole(source, "grace_seconds", 8, most=3600),
        require_sync=_switch(source, "require_sync"),
        log_format=_one_of(source, "log_format", "human", "json"),
        log_level=_one_of(source, "log_level", "warning", "debug", "info", "error"),
        access_log=_switch(source, "access_log"),
    )


@dataclass(frozen=True, slots=True)
class _Source:
    flags: Mapping[str, object]
    environ: Mapping[str, str]

    def value(self, name: str) -> str | None:
        """What was said of `name`, as text; None where nothing was."""
        flag = self.flags.get(name)
        return self.environ.get(_variable(name)) if flag is None else str(flag)

    def secret(self, name: str) -> str | None:
        """The same of a secret, which may lie in a file: refused if twice, empty or unreadable."""
        variable = _variable(name)
        plain, path = self.environ.get(variable), self.environ.get(f"{variable}_FILE")
        if plain is not None and path is not None:
            raise InvalidSetting(f"{variable} and {variable}_FILE are both set: keep one of them.")
        given = _content(path, f"{variable}_FILE") if path is not None else self.value(name)
        if given == "":
            raise InvalidSetting(f"{variable} is empty: give it a value, or do not set it.")
        return given


def _variable(name: str) -> str:
    return f"SETPOINT_{name.upper()}"


def _content(path: str, variable: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"{variable} names {path}, which can't be read: {error}.") from error


def _data_home(environ: Mapping[str, str]) -> Path:
    """Of the XDG base directories the one for data; a relative one is to be ignored, they say."""
    given = environ.get("XDG_DATA_HOME", "")
    if Path(given).is_absolute():
        return Path(given)
    return Path(environ.get("HOME", "~"), ".local/share")


def _host(source: _Source) -> str:
    host = source.value("host")
    if host is None:
        return "127.0.0.1"
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
        raise InvalidSetting(f"host must be an address or a name, such as 127.0.0.1, and not {host!r}.")
    return host


def _whole(source: _Source, name: str, default: int, *, most: int) -> int:
    text = source.value(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
        raise InvalidSetting(f"{name} must be a whole number from 0 to {most}, and not {text!r}.")
    return int(text)


def _switch(source: _Source, name: str) -> bool:
    text = (source.value(name) or "false").lower()
    if text not in _TRUE | _FALSE:
        raise InvalidSetting(f"{name} must be true or false, and not {text!r}.")
    return text in _TRUE


def _one_of(source: _Source, name: str, *words: str) -> str:
    """One of `words`, the first of which is the default."""
    word = (source.value(name) or words[0]).lower()
    if word not in words:
        raise InvalidSetting(f"{name} must be {', '.join(words[:-1])} or {words[-1]}, and not {word!r}.")
    return word


def _names(source: _Source) -> frozenset[str]:
    names = (source.value("allowed_hosts") or "").lower().split(",")
    for name in names:
        if not re.fullmatch(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])?", name):
            raise InvalidSetting(f"allowed_hosts must be names with commas between and no ports, and not {name!r}.")
    return frozenset(filter(None, names))


def _file(source: _Source, name: str) -> Path | None:
    text = source.value(name)
    return None if text is None else Path(text).expanduser()


def _proxies(source: _Source) -> tuple[str, ...]:
    told = tuple(filter(None, (source.value("trusted_proxies") or "").split(",")))
    for proxy in told:
        try:
            ip_network(proxy)
        except ValueError as error:
            raise InvalidSetting(
                f"trusted_proxies must be addresses or networks such as 10.0.0.0/8: {error}."
            ) from error
    return told


def _database_url(source: _Source) -> str | None:
    url = source.secret("database_url")
    return None if url is None else database_url(url, "database_url")


def database_url(url: str, name: str) -> str:
    """`url`, which names an engine; what is told of it goes by `name`, for it may have a password in it.

    Raises:
        InvalidSetting: it names none that there is.
    """
    if not url.startswith(_ENGINES):
        raise InvalidSetting(f"{name} must begin with sqlite:/// or postgresql://.")
    return url
