"""Many rows at once that may be there already: the later one stays. On PostgreSQL by arrays, on SQLite row by row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

Columns = Mapping[str, str]
"""PostgreSQL's type of each column."""


def upsert(
    model: type[models.Model],
    *,
    columns: Columns,
    key: Sequence[str],
    newer: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Insert rows; where one with this key is there, replace it unless its `newer` columns are greater.

    No two rows may have one key, and times are in UTC.
    """
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    names = [connection.ops.quote_name(name) for name in columns]
    replaced = ", ".join(f"{name} = excluded.{name}" for name in names)
    mine = ", ".join(f"{table}.{name}" for name in newer)
    theirs = ", ".join(f"excluded.{name}" for name in newer)
    tail = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {replaced} WHERE ({theirs}) >= ({mine})"
    head = f"INSERT INTO {table} ({', '.join(names)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
            given = f"SELECT * FROM unnest({arrays}) AS given"  # noqa: S608 - our own names
            cursor.execute(f"{head} {given}{tail}", [list(one) for one in zip(*rows, strict=True)])
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"{head} VALUES ({marks}){tail}", [_adapted(row) for row in rows])


def _adapted(row: Sequence[Any]) -> tuple[Any, ...]:
    """Return a row as SQLite keeps it: times in UTC as text, as Django writes them."""
    return tuple(str(one.replace(tzinfo=None)) if type(one) is datetime else one for one in row)
