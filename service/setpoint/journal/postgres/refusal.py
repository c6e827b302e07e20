"""What a caller is told when the database does not do what it was asked."""

import asyncpg

from setpoint.errors import SetpointError, StorageFull, Unavailable

TRY_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""The database undid the transaction for the sake of another: the same may be sent once more."""

BROKEN = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # no primary among the servers; or a connection that broke in the midst of a statement
    OSError,
    TimeoutError,
    EOFError,
)
"""The connection is of no use any more, and what was under way on it may be done or not."""

TURNED_OFF = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidCachedStatementError,
)
"""The server goes down, or is no primary any more: look for the one that is."""


def unavailable(error: BaseException) -> SetpointError:
    """`error`, as those who wait are told it."""
    if isinstance(error, SetpointError):
        return error
    if isinstance(error, asyncpg.DiskFullError):
        return StorageFull("there is no room for what is to be written")
    return Unavailable(f"the database could not do it: {error or type(error).__name__}")
