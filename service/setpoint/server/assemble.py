"""The service, wired together: the one place that knows all of its parts."""

from setpoint.api import app
from setpoint.api.asgi import ASGI
from setpoint.settings import Settings


def assemble(settings: Settings) -> ASGI:
    """The application that answers every request."""
    return app.build(settings)
