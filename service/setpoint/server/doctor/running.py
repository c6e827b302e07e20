"""The service: whether it answers, may be sent requests, and is this version."""

from collections.abc import Iterator

import httpx

from setpoint import __version__
from setpoint.server.doctor.finding import Finding, note, ok, wrong

_SECONDS = 5.0


def running(url: str, *, expected: bool) -> Iterator[Finding]:
    """What answers at `url`; `expected` where a process has the store."""
    subject = f"service {url}"
    try:
        with httpx.Client(base_url=url, timeout=_SECONDS, trust_env=False) as http:
            ready, info = http.get("/readyz"), http.get("/v1/info")
    except httpx.HTTPError as error:
        detail = f"does not answer ({error})"
        if expected:
            yield wrong(subject, detail, "A process has the store: name its address (--url), or look at its log.")
        else:
            yield note(subject, detail, "`setpoint serve` starts it.")
        return
    yield _ready(subject, ready)
    if info.status_code == 200:
        yield _version(subject, str(info.json().get("version")))


def _ready(subject: str, answer: httpx.Response) -> Finding:
    if answer.status_code == 200:
        return ok(subject, "is ready")
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, KeyError):
        return wrong(
            subject, f"answers {answer.status_code}", "See whether that is Setpoint: another may have the port."
        )
    return wrong(subject, f"is not ready: {detail}", "It says so to load balancers too, which send requests elsewhere.")


def _version(subject: str, version: str) -> Finding:
    if version == __version__:
        return ok(subject, f"is version {version}")
    advice = "Restart it where it was upgraded, or use the command that belongs to it."
    return note(subject, f"is version {version}, and this command {__version__}", advice)
