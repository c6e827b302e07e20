"""What is known of the store as a whole, by name; each row has its own fingerprint."""

from secrets import token_hex

import apsw

from setpoint.journal.fingerprint import fingerprint
from setpoint.journal.sqlite import sql
from setpoint.journal.unusable import StoreUnusable


def get(connection: apsw.Connection, name: str) -> str:
    """The value that was put there.

    Raises:
        StoreUnusable: it is not there, or is not what was written.
    """
    found = sql.row(connection, "SELECT value, digest FROM meta WHERE name = ?", (name,))
    if found is None or fingerprint("meta", name, found[0]) != found[1]:
        raise StoreUnusable(f"{connection.filename} is damaged: its {name} is not what was written; restore a backup")
    return str(found[0])


def put(connection: apsw.Connection, name: str, value: str) -> None:
    digest = fingerprint("meta", name, value)
    sql.do(connection, "INSERT OR REPLACE INTO meta (name, value, digest) VALUES (?, ?, ?)", (name, value, digest))


def incarnation(connection: apsw.Connection) -> int:
    """Which life of the store this is: 1, and one more with every restore."""
    return int(get(connection, "incarnation"))


def life(connection: apsw.Connection) -> str:
    """What ids of events carry: nothing in the first life, then what no other restore of the backup has put here."""
    number = incarnation(connection)
    if number == 1:
        return ""
    # One that was restored before ids carried anything has no more than its number.
    has_one = sql.number(connection, "SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'life')") == 1
    return get(connection, "life") if has_one else f"{number:08}"


def begin_life(connection: apsw.Connection, number: int) -> None:
    """What was told of the store before may not hold in it."""
    put(connection, "incarnation", str(number))
    put(connection, "life", token_hex(4))
