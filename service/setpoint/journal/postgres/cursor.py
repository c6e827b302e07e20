"""Places in the one order of all events: opaque to those who hold them, and of one life of one store."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from setpoint.errors import Fault, InvalidRequest

_MOST = 2**63


class Place(NamedTuple):
    """Transactions in the order of their numbers, and the events of each in the order of theirs."""

    xid: int
    seq: int


def written(store: str, place: Place) -> str:
    return _encoded(f"{store} {place.xid} {place.seq}")


def read(store: str, cursor: str) -> Place:
    """The place that `cursor` names.

    Raises:
        InvalidRequest: it was not given out by this store, in this life of it.
    """
    try:
        of, xid, seq = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        place = Place(int(xid), int(seq))
    except ValueError:
        raise refused(cursor) from None
    if of != store or written(store, place) != cursor or not all(0 <= number < _MOST for number in place):
        raise refused(cursor)
    return place


def page(ordinal: int) -> str:
    """The cursor of the list: after the run of this number."""
    return _encoded(str(ordinal))


def ordinal(cursor: str) -> int:
    """The run's number that `page` made the cursor of.

    Raises:
        InvalidRequest: it did not.
    """
    try:
        number = int(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise refused(cursor) from None
    if not 0 <= number < _MOST or page(number) != cursor:
        raise refused(cursor)
    return number


def refused(cursor: str) -> InvalidRequest:
    detail = "is no cursor that was given out here"
    return InvalidRequest(f"{cursor!r} {detail}", faults=[Fault("/after", detail)])


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")
