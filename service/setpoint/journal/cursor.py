"""Cursors: places in an order, opaque to those who hold them. Those of another store, or another life, lead nowhere."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from setpoint.errors import Fault, InvalidRequest

LIST = "runs"
"""What cursors of the list are of; it is sorted alike in every life of a store."""
_MOST = 2**63


def written(of: str, *place: int) -> str:
    """The cursor of a place, whose numbers are 0 or more, in the order `of`."""
    return urlsafe_b64encode(" ".join([of, *map(str, place)]).encode()).decode().rstrip("=")


def read(of: str, cursor: str, count: int) -> tuple[int, ...]:
    """The `count` numbers of the place that `cursor` names.

    Raises:
        InvalidRequest: it was not given out for this order.
    """
    try:
        found, *numbers = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        place = tuple(map(int, numbers))
    except ValueError:
        raise refused(cursor) from None
    if (found, len(place)) != (of, count) or written(of, *place) != cursor or not all(0 <= i < _MOST for i in place):
        raise refused(cursor)
    return place


def refused(cursor: str) -> InvalidRequest:
    detail = "is no cursor that was given out here"
    return InvalidRequest(f"{cursor!r} {detail}", faults=[Fault("/after", detail)])
