"""The clock that decides whether a row is due: one for all workers of an installation."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.utils import timezone

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the current aware time: the database's on PostgreSQL, because the clocks of workers' machines differ."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
