"""Short outages of the database, such as a restart: commands that only wait can wait for it, too."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections

AWAY = (OperationalError, InterfaceError)

T = TypeVar("T")


def tolerate_outage(query: Callable[[], T], *, otherwise: T) -> T:
    """Return the result of a query; `otherwise` while the database is away. The next query reconnects."""
    try:
        return query()
    except AWAY:
        connections.close_all()
        return otherwise
