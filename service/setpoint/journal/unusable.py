"""Why a store is not opened."""

from setpoint.errors import SetpointError


class StoreUnusable(SetpointError):
    """Nothing is served from it: what was acknowledged could be lost, or is being written by another."""

    code = "store-unusable"
    title = "The database can't be used"
    advice = "Correct what is named, and start again."
