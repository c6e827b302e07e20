"""Statements, with the types that apsw's own stubs leave open."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import apsw

Values: TypeAlias = Sequence[object]
Found: TypeAlias = tuple[Any, ...]


def do(connection: apsw.Connection, statements: str, values: Values = ()) -> None:
    _execute(connection, statements, values)


def do_all(connection: apsw.Connection, statement: str, rows: Iterable[Values]) -> None:
    """The statement once for each row."""
    cast(Any, connection).executemany(statement, rows)


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
