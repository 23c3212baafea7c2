"""The SQLite connection of the portal: no commit is lost, and writers wait instead of failing."""

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the pragmas are SQLite's"),
]

FULL = 2
"""Source: https://www.sqlite.org/pragma.html#pragma_synchronous"""


def pragma(name):
    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_commit_is_on_the_disk_before_a_call_leaves():
    assert pragma("synchronous") == FULL


@pytest.mark.parametrize(("name", "value"), [("journal_mode", "wal"), ("busy_timeout", 20_000)])
def test_readers_do_not_block_and_writers_wait(name, value):
    assert pragma(name) == value


@pytest.mark.django_db(transaction=True)
def test_a_transaction_takes_the_write_lock_at_its_beginning():
    assert connection.transaction_mode == "IMMEDIATE"
