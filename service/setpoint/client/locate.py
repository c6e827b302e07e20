"""Where the service is, and which token to show: arguments, then the environment, then what lies in the data folder."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from setpoint.client.place import Place
from setpoint.settings import TOKEN_FILE, InvalidSetting, Settings, read


def locate(url: str | None = None, token: str | None = None, environ: Mapping[str, str] = os.environ) -> Place:
    """The service at `url`, else at $SETPOINT_URL, else on this machine.

    The token is `token`, else $SETPOINT_TOKEN or the file that $SETPOINT_TOKEN_FILE names, else the one that a service
    on this machine keeps in its data folder; that one is shown to no other machine.

    Raises:
        InvalidSetting: the address is none, or a token is empty, given twice or unreadable.
    """
    settings = read({"token": token}, _relevant(environ) if token is None else _without_token(environ))
    place = Place(_checked(url or environ.get("SETPOINT_URL") or _own(settings)), settings.token)
    if place.token is None and place.loopback:
        return Place(place.url, _kept(settings.data / TOKEN_FILE))
    return place


def _relevant(environ: Mapping[str, str]) -> dict[str, str]:
    """What of the environment concerns a client: the service's own settings may be wrong without harm to it."""
    names = {"HOME", "XDG_DATA_HOME", "SETPOINT_DATA", "SETPOINT_HOST", "SETPOINT_PORT"}
    return {name: value for name, value in environ.items() if name in names or name.startswith("SETPOINT_TOKEN")}


def _without_token(environ: Mapping[str, str]) -> dict[str, str]:
    """An argument counts before the environment."""
    return {name: value for name, value in _relevant(environ).items() if not name.startswith("SETPOINT_TOKEN")}


def _own(settings: Settings) -> str:
    """The address that `setpoint serve` serves with the same environment, as this machine reaches it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    else:
        is_address = is_address and not _has_more(parts)
    if not is_address:
        raise InvalidSetting(f"{url!r} is not the address of a service: say it as http://127.0.0.1:8321.")
    return url.rstrip("/")


def _has_more(parts: SplitResult) -> bool:
    """Whether it carries what no address of a service has; a password there would end up in logs."""
    return bool(parts.query or parts.fragment or "@" in parts.netloc)


def _kept(path: Path) -> str | None:
    """The token in that file; none where there is no such file, or it is another user's."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
