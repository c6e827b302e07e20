"""Why a store is not opened."""

from setpoint.errors import SetpointError


class StoreUnusable(SetpointError):
    """Nothing is served from it: what was acknowledged could be lost, or is being written by another."""

    code = "store-unusable"
    title = "The database can't be used"
    advice = "Correct what is named, and start again."


UNFINISHED = "a copy into it was begun and not finished. Say the same `setpoint copy` again: it goes on from there"


def not_empty(where: str) -> StoreUnusable:
    return StoreUnusable(f"{where} has runs or tokens of its own, and a copy is made into an empty store only")
