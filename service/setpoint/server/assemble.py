"""The service, wired together: the one place that knows all of its parts."""

from setpoint.api.asgi import ASGI
from setpoint.settings import Settings


def assemble(settings: Settings) -> ASGI:
    """The application that answers every request: the door, and behind it the documented routes."""
    from setpoint.api import app, front

    return front.Front(app.build(settings))
