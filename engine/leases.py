"""Leases: how a worker claims a row, keeps it while it works, and loses it when it dies.

`due_at` says when a row needs work. A claim moves `due_at` to the end of the lease and writes a token; finishing the
row requires that token. The lease of a dead worker expires, and then the row is due again.
"""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.db.models.expressions import OrderBy

from engine.clock import Clock, now
from engine.correlation import LONGEST, continue_under

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has claimed the row since: this one must record nothing."""


class Leased(models.Model):
    """A row that is its own job: due at a time, and claimed by at most one worker."""

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    correlation = models.CharField(
        max_length=LONGEST, blank=True, editable=False, help_text="Of the act that made it due last."
    )

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Leased)


def claim_one(
    rows: models.QuerySet[Row], *, at: datetime, lease: timedelta | None = None, turn: OrderBy | None = None
) -> Row | None:
    """Claim the row that has been due longest, for the length of a lease. None when nothing is due.

    `rows` are those in a state that needs this kind of work. `turn` says which of them goes before one that has been
    due longer. The thread continues under the row's correlation id. The cheap query before the transaction keeps an
    idle worker from ever taking SQLite's write lock.
    """
    order = ("due_at", "pk") if turn is None else (turn, "due_at", "pk")
    due = rows.filter(due_at__lte=at).order_by(*order)
    if not due.exists():
        return None
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        row = due.first()
        if row is not None:
            _write_lease(row, until=at + (lease or settings.ENGINE_LEASE), token=uuid.uuid4())
            continue_under(row.correlation)
    return row


def renew(row: Leased, *, at: datetime, lease: timedelta | None = None) -> None:
    """Extend a lease that is still held. Raises LeaseLost when it is not."""
    until = at + (lease or settings.ENGINE_LEASE)
    held = type(row)._base_manager.filter(pk=row.pk, lease_token=row.lease_token)
    if row.lease_token is None or held.update(due_at=until) != 1:
        raise LeaseLost
    row.due_at = until


def hold(row: Leased) -> None:
    """Lock the row until the transaction ends, if this worker still has the lease. Raises LeaseLost if it does not."""
    rows = type(row)._base_manager.select_for_update(of=("self",), no_key=True)
    held = rows.filter(pk=row.pk, lease_token=row.lease_token)
    if row.lease_token is None or not held.exists():
        raise LeaseLost


def finish(row: Leased, *, due_at: datetime | None, **facts: object) -> None:
    """Write `facts` and release the row, due again at `due_at` or, with None, never. Raises LeaseLost."""
    held = type(row)._base_manager.filter(pk=row.pk, lease_token=row.lease_token)
    if row.lease_token is None or held.update(due_at=due_at, lease_token=None, **facts) != 1:
        raise LeaseLost
    row.due_at, row.lease_token = due_at, None
    for name, value in facts.items():
        setattr(row, name, value)


@contextmanager
def renewing(row: Leased, *, clock: Clock = now, lease: timedelta | None = None) -> Iterator[None]:
    """Renew the lease from a thread of its own, every third of its length, while the block runs."""
    length = lease or settings.ENGINE_LEASE
    done = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(row, done, clock, length), name=f"lease-{row.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _renew_until(row: Leased, done: threading.Event, clock: Clock, length: timedelta) -> None:
    try:
        while not done.wait(length.total_seconds() / 3):
            _renew_if_possible(row, at=clock(), lease=length)
    except LeaseLost:
        return  # the worker notices when it finishes: that requires the token
    finally:
        connection.close()


def _renew_if_possible(row: Leased, *, at: datetime, lease: timedelta) -> None:
    try:
        renew(row, at=at, lease=lease)
    except DatabaseError as error:
        # The database is away for a moment; the next attempt may still be in time.
        logger.warning("a lease of %s was not renewed: %s", row._meta.label, type(error).__name__)
        connection.close()


def _write_lease(row: Leased, *, until: datetime, token: uuid.UUID) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(due_at=until, lease_token=token)
    row.due_at, row.lease_token = until, token
