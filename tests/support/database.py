"""The database of the test, as processes that a test starts are told of it."""

import time
from urllib.parse import quote

import pytest
from django.db import connection

needs_postgres = pytest.mark.skipif(
    "postgres" not in connection.vendor, reason="shows what PostgreSQL does; make test-postgres"
)


def database_url() -> str:
    """Return the DATABASE_URL of the test's own database."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    who = ":".join(quote(str(of[part]), safe="") for part in ("USER", "PASSWORD") if of[part])
    return f"postgres://{who}@{quote(str(of['HOST']), safe='')}:{of['PORT'] or 5432}/{of['NAME']}"


def until_a_transaction_waits() -> None:
    """Wait until some process waits for a row that another one has locked."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(waiting)
            if cursor.fetchone():
                return
    raise AssertionError("nobody waits for the row")
