"""Advisory locks: users who act on the same thing go one at a time, while its row stays free for workers.

Locking the row would not do. A worker that records how a job ended holds the job and then wants its issuance. A user
who held the issuance and then wanted the job would wait for the worker, and the worker for the user, until PostgreSQL
ends one of the two.
"""

from django.db import connection
from django.db.transaction import TransactionManagementError


def hold_lock(*, on: str, key: int) -> None:
    """Wait for the advisory lock of a thing, such as "issuance" 7, and hold it until the transaction ends.

    On SQLite there is nothing to do: a transaction (IMMEDIATE) locks the whole database. Raises
    TransactionManagementError outside of a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("an advisory lock lasts as long as a transaction, and there is none")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [on, key])
