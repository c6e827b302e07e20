"""What is printed once the service answers: the address, and three things to try."""

from collections.abc import Sequence

from setpoint import __version__

_SEED = "kind=step&initial_lr=0.1&step_size=5&gamma=0.5"


def greeting(url: str, invitation: str | None = None, notices: Sequence[str] = ()) -> str:
    """Five lines to a person: a question, the dashboard and the docs, by addresses that work from this machine.

    invitation: where to go for the dashboard, instead of to its own address. notices: lines after that.
    """
    return "\n".join(
        (
            f"Setpoint {__version__} serves {url} (Ctrl-C ends it). To try:",
            "",
            f"  curl '{url}/v1/lr?{_SEED}&epoch=12'",
            f"  {url}{invitation or '/'}",
            f"  {url}/docs",
            *(("", *notices) if notices else ()),
        )
    )


def address(host: str, port: int, *, tls: bool = False) -> str:
    """`http://HOST:PORT` as this machine reaches it, also where every address is served; `https` with `tls`."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    place = f"[{reached}]:{port}" if ":" in reached else f"{reached}:{port}"
    return f"https://{place}" if tls else f"http://{place}"
