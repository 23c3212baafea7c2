"""A database that is away for a moment, as when it is restarted: whoever only waits can wait for it, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections

AWAY = (OperationalError, InterfaceError)

Found = TypeVar("Found")


def ride_out(look: Callable[[], Found], *, otherwise: Found) -> Found:
    """Return what a look at the rows finds; `otherwise` while the database is away. The next look connects anew."""
    try:
        return look()
    except AWAY:
        connections.close_all()
        return otherwise
