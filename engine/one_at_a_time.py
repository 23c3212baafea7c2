"""Turns: people who act on the same thing go one after the other, without keeping anybody from the thing's row.

A row's lock would do so, too, but workers lock rows in an order of their own: whoever writes how a job ended holds the
job and then wants its issuance. A person who held the issuance and then wanted the job would wait for that worker, and
it for them, until PostgreSQL ends one of the two.
"""

from __future__ import annotations

from django.db import connection
from django.db.transaction import TransactionManagementError


def take_turn(*, at: str, key: int) -> None:
    """Wait until nobody else has the turn at this thing; it is the caller's until their transaction ends.

    On SQLite a transaction is everybody's turn at everything already (IMMEDIATE). Raises TransactionManagementError
    outside of one.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a turn lasts as long as a transaction, and there is none")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [at, key])
