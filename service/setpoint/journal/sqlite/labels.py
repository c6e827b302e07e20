"""The runs by their labels: what their own rows say, once more, so that a list need not read them all."""

from collections.abc import Mapping

import apsw

from setpoint.journal.sqlite import sql
from setpoint.journal.sqlite.summary import COLUMNS, is_intact, summary

_SAID = """
SELECT label.key, label.value, runs.state = 'archived', ordinal AS run
FROM runs, json_each(CASE WHEN json_valid(runs.labels) THEN runs.labels ELSE '{}' END) AS label
WHERE runs.labels <> '{}'
"""
_INDEXED = "SELECT name, value, archived, run FROM run_labels"
_DIFFERENT = f"""
SELECT run FROM (SELECT * FROM ({_SAID}) EXCEPT {_INDEXED}) UNION SELECT run FROM ({_INDEXED} EXCEPT {_SAID})
"""


def write(connection: apsw.Connection, ordinal: int, labels: Mapping[str, str], *, archived: bool) -> None:
    """By label as in the list: without those that are archived, which may be most of them."""
    sql.do(connection, "DELETE FROM run_labels WHERE run = ?", (ordinal,))
    rows = [(name, value, archived, ordinal) for name, value in labels.items()]
    sql.insert(connection, "run_labels (name, value, archived, run)", rows)


def different(connection: apsw.Connection) -> list[int]:
    """The runs, by number, of which the index says something else than their own rows."""
    return [int(row[0]) for row in sql.rows(connection, _DIFFERENT)]


def mend(connection: apsw.Connection) -> int:
    """Of how many runs they were damaged: they are made anew of the runs' rows, and nothing is lost.

    Where it is a run's row that is damaged, they stay, for it to be found by.
    """
    mended = 0
    with connection:
        for ordinal in different(connection):
            row = sql.row(connection, f"SELECT {COLUMNS} FROM runs WHERE ordinal = ?", (ordinal,))
            if row is None:
                write(connection, ordinal, {}, archived=False)
            elif is_intact(row):
                shown = summary(row)
                write(connection, ordinal, shown.labels, archived=shown.state == "archived")
            else:
                continue
            mended += 1
    return mended
