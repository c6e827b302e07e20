"""Statements, with the types that apsw's own stubs leave open."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeAlias, cast

import apsw

Values: TypeAlias = Sequence[object]
Found: TypeAlias = tuple[Any, ...]

_SIZES = (64, 16, 4, 1)
"""Rows of one statement: few sizes, so that each stays prepared."""


def do(connection: apsw.Connection, statements: str, values: Values = ()) -> None:
    _execute(connection, statements, values)


def insert(connection: apsw.Connection, columns: str, rows: Sequence[Values]) -> None:
    """`INSERT INTO columns`, many rows with one statement.

    SQLite is called without the interpreter's lock, which has to be won back from a busy loop after every row
    otherwise.
    """
    done = 0
    for size in _SIZES:
        while len(rows) - done >= size:
            some = rows[done : done + size]
            do(connection, _insertion(columns, len(some[0]), size), [value for row in some for value in row])
            done += size


@cache
def _insertion(columns: str, width: int, size: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {columns} VALUES {', '.join([row] * size)}"


def rows(connection: apsw.Connection, statement: str, values: Values = ()) -> list[Found]:
    return cast(list[Found], _execute(connection, statement, values).fetchall())


def row(connection: apsw.Connection, statement: str, values: Values = ()) -> Found | None:
    """The first row that is found."""
    return cast(Found | None, _execute(connection, statement, values).fetchone())


def number(connection: apsw.Connection, statement: str, values: Values = ()) -> int:
    """The one number that is asked for."""
    return cast(int, _execute(connection, statement, values).get)


def pragma(connection: apsw.Connection, name: str, value: object = None) -> object:
    """The pragma's value, once it is set to `value` if there is one."""
    arguments = (name,) if value is None else (name, value)
    return cast(Any, connection).pragma(*arguments)


@contextmanager
def snapshot(connection: apsw.Connection) -> Generator[None, None, None]:
    """All that is read within stands as it was at one moment."""
    do(connection, "BEGIN")
    try:
        yield
    finally:
        do(connection, "END")


def _execute(connection: apsw.Connection, statement: str, values: Values) -> Any:
    return cast(Any, connection).execute(statement, values or None)
