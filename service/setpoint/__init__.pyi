from setpoint.client.arun import AsyncRun as AsyncRun
from setpoint.client.run import Run as Run
from setpoint.errors import *  # noqa: F403 - each class of them, as the module gives them at run time

__version__: str
