"""Which format to answer in."""

from collections.abc import Iterator, Sequence

from setpoint.errors import NotAcceptable


def choose(accept: str | None, offers: Sequence[str]) -> str:
    """The media type of `offers` that `accept` (the header) likes best; the first of equals.

    Raises:
        NotAcceptable: it likes none.
    """
    ranges = list(_ranges(accept or "*/*"))
    best = max(offers, key=lambda offer: _liking(offer, ranges))
    if _liking(best, ranges) <= 0:
        raise NotAcceptable(f"this can't be answered as {accept!r}", available=list(offers))
    return best


def _liking(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that `offer` is in."""
    general = offer.partition("/")[0] + "/*"
    for name in (offer, general, "*/*"):
        found = [quality for media_range, quality in ranges if media_range == name]
        if found:
            return max(found)
    return 0.0


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for item in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in item.split(";"))
        yield media_range, next((_quality(p) for p in parameters if p.startswith("q=")), 1.0)


def _quality(parameter: str) -> float:
    try:
        return min(1.0, max(0.0, float(parameter[2:])))
    except ValueError:
        return 0.0
