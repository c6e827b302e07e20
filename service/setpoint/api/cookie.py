"""The cookie of a session. Cookies know no ports, so its name says which of a machine's services it is of."""

from http.cookies import CookieError, SimpleCookie

from setpoint.api.guard import Seen


def name(seen: Seen) -> str:
    """What it is called, by the address that the browser asks."""
    _, colon, port = seen[b"host"].decode("latin-1").rpartition(":")
    return f"setpoint-{port}" if colon and port.isdigit() else "setpoint"


def cookie(seen: Seen) -> str | None:
    """The session that a request shows."""
    header = seen.get(b"cookie")
    if header is None:
        return None
    try:
        found = SimpleCookie(header.decode("latin-1")).get(name(seen))
    except CookieError:
        return None
    return found.value or None if found is not None else None


def begun(seen: Seen, secret: str, seconds: int, *, secure: bool) -> bytes:
    """The header that gives a browser its session, or takes it back after 0 seconds."""
    kept = f"{name(seen)}={secret}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict"
    return (kept + ("; Secure" if secure else "")).encode()
