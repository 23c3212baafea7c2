"""Leases: how a worker takes a row, keeps it while it works, and loses it when it dies.

A row that wants work carries `due_at`. Claiming it moves `due_at` to the end of the lease and writes a token; whoever
finishes must still hold that token. A worker that dies simply lets the lease run out, after which the row is due again.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from engine.clock import Clock, now
from engine.correlation import LONGEST, take_up

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker owns the row by now: what this one did must not be recorded."""


class Leased(models.Model):
    """A row that is its own job: due at a time, and held by at most one worker."""

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    correlation = models.CharField(
        max_length=LONGEST, blank=True, editable=False, help_text="Of the act that made it due last."
    )

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Leased)


def claim_one(rows: models.QuerySet[Row], *, at: datetime, lease: timedelta | None = None) -> Row | None:
    """Take the row that has been due longest, for the length of a lease. None when nothing is due.

    `rows` are those in a state that wants this kind of work. What is done next goes by the correlation of whoever made
    the row due. The cheap look before the transaction keeps an idle
    worker from ever taking SQLite's write lock.
    """
    due = rows.filter(due_at__lte=at).order_by("due_at", "pk")
    if not due.exists():
        return None
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        row = due.first()
        if row is not None:
            _write_lease(row, until=at + (lease or settings.ENGINE_LEASE), token=uuid.uuid4())
            take_up(row.correlation)
    return row


def renew(row: Leased, *, at: datetime, lease: timedelta | None = None) -> None:
    """Prolong a lease that is still held. Raises LeaseLost when it is not."""
    until = at + (lease or settings.ENGINE_LEASE)
    held = type(row)._base_manager.filter(pk=row.pk, lease_token=row.lease_token)
    if row.lease_token is None or held.update(due_at=until) != 1:
        raise LeaseLost
    row.due_at = until


def hold(row: Leased) -> None:
    """Make sure, for the rest of this transaction, that the lease is still ours. Raises LeaseLost."""
    rows = type(row)._base_manager.select_for_update(of=("self",), no_key=True)
    held = rows.filter(pk=row.pk, lease_token=row.lease_token)
    if row.lease_token is None or not held.exists():
        raise LeaseLost


def finish(row: Leased, *, due_at: datetime | None, **facts: object) -> None:
    """Record what was found and give the row back, due again at `due_at` or never. Raises LeaseLost."""
    held = type(row)._base_manager.filter(pk=row.pk, lease_token=row.lease_token)
    if row.lease_token is None or held.update(due_at=due_at, lease_token=None, **facts) != 1:
        raise LeaseLost
    row.due_at, row.lease_token = due_at, None
    for name, value in facts.items():
        setattr(row, name, value)


@contextmanager
def kept(row: Leased, *, clock: Clock = now, lease: timedelta | None = None) -> Iterator[None]:
    """Renew the lease every third of its length, from a thread of its own, while the block runs."""
    length = lease or settings.ENGINE_LEASE
    done = threading.Event()
    thread = threading.Thread(target=_keep, args=(row, done, clock, length), name=f"lease-{row.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _keep(row: Leased, done: threading.Event, clock: Clock, length: timedelta) -> None:
    try:
        while not done.wait(length.total_seconds() / 3):
            _renew_if_possible(row, at=clock(), lease=length)
    except LeaseLost:
        return  # the worker finds out when it finishes: finishing needs the token
    finally:
        connection.close()


def _renew_if_possible(row: Leased, *, at: datetime, lease: timedelta) -> None:
    try:
        renew(row, at=at, lease=lease)
    except DatabaseError as error:
        # The database is away for a moment; the next third of the lease may still be in time.
        logger.warning("a lease of %s was not renewed: %s", row._meta.label, type(error).__name__)
        connection.close()


def _write_lease(row: Leased, *, until: datetime, token: uuid.UUID) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(due_at=until, lease_token=token)
    row.due_at, row.lease_token = until, token
