"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite. 4 to 7 times faster than bulk_create."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connection, models

from issuance.models import DoubtfulLine, Recipient, RejectedLine

RejectedRow = tuple[int, str, int | None, bytes, int | None, bytes | None]
"""Line, reason, of a duplicate the line that counts, the sealed cell or the line that keeps it, and the guest's print.

The fingerprint only of a line that names a guest.
"""

DoubtfulRow = tuple[int, str, bytes]
"""Line, reason, and the sealed identifier."""


def insert_recipients(*, batch_id: int, lines: Sequence[int], fingerprints: Sequence[bytes]) -> None:
    """Add a batch's recipients; the position is the place in the sequence."""
    rows = (
        (batch_id, position, line, fingerprint)
        for position, (line, fingerprint) in enumerate(zip(lines, fingerprints, strict=True))
    )
    _insert(Recipient, ("batch_id", "position", "line", "fingerprint"), ("int8", "int2", "int4", "bytea"), rows)


def insert_rejected(*, issuance_id: int, rows: Iterable[RejectedRow]) -> None:
    """Add lines that are left out."""
    _insert(
        RejectedLine,
        ("issuance_id", "line", "reason", "kept_line", "sealed_value", "same_as", "fingerprint"),
        ("int8", "int4", "varchar", "int4", "bytea", "int4", "bytea"),
        ((issuance_id, *row) for row in rows),
    )


def insert_doubtful(*, issuance_id: int, rows: Iterable[DoubtfulRow]) -> None:
    """Add lines that are sent although their identifier is doubted."""
    _insert(
        DoubtfulLine,
        ("issuance_id", "line", "reason", "sealed_value"),
        ("int8", "int4", "varchar", "bytea"),
        ((issuance_id, *row) for row in rows),
    )


def _insert(
    model: type[models.Model], columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", cast("Any", rows))  # noqa: S608 - our own names
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
