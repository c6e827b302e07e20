"""What /v1/kinds answers."""

from functools import cache

from setpoint.api import replies
from setpoint.api.replies import Reply
from setpoint.schedules.catalogue import catalogue


@cache
def reply() -> Reply:
    """The finished answer. Made when it is first asked for."""
    return replies.lasting(replies.dumps(catalogue()))
