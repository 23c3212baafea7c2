"""Heartbeats of the workers: pages use them to explain why nothing happens."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, connections
from django.db.models import Count, QuerySet

from engine.clock import Clock, now
from engine.models import WorkerBeat
from vault.sealing import key_marks

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=5)
SILENT_AFTER = 3 * EVERY
"""A worker without a heartbeat for this long counts as dead."""

REMEMBERED = timedelta(days=7)


def last_heard() -> datetime | None:
    """Return the time of the latest heartbeat, None if there never was one. A clean stop writes a last one."""
    latest = WorkerBeat.objects.order_by("-heard_at").values_list("heard_at", flat=True)
    return latest.first()


def is_worker_alive(*, at: datetime) -> bool:
    """Whether at least one worker is alive."""
    return count_alive(at=at) > 0


def count_alive(*, at: datetime) -> int:
    """Return how many workers are alive."""
    return _alive(at).count()


def alive_by_key(*, at: datetime) -> dict[str, int]:
    """Return how many workers that are alive seal with each data key, by the key's mark."""
    return dict(_alive(at).values_list("seals_with").annotate(count=Count("pk")).order_by())


def _alive(at: datetime) -> QuerySet[WorkerBeat]:
    return WorkerBeat.objects.filter(stopped_at=None, heard_at__gt=at - SILENT_AFTER)


@contextmanager
def beating(*, clock: Clock = now, every: timedelta = EVERY) -> Iterator[None]:
    """Write heartbeats from a thread of its own while the block runs."""
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(done, clock, every), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(done: threading.Event, clock: Clock, every: timedelta) -> None:
    name = f"{socket.gethostname()} {os.getpid()} {os.urandom(3).hex()}"
    started_at: datetime | None = None
    ending = False
    try:
        while not ending:
            ending = done.is_set()  # one more beat after the end records the stop
            try:
                at = clock()
                started_at = started_at or at
                _write(name, started_at=started_at, at=at, stopped=ending)
            except Error as error:
                # Without its database the worker does nothing, so a missing heartbeat is right.
                logger.warning("the heartbeat was not written: %s", type(error).__name__)
                connections.close_all()
            done.wait(0 if ending else every.total_seconds())
    finally:
        connections.close_all()


def _write(name: str, *, started_at: datetime, at: datetime, stopped: bool) -> None:
    facts: dict[str, Any] = {"started_at": started_at, "heard_at": at, "stopped_at": at if stopped else None}
    facts["seals_with"] = key_marks()[0].hex()
    _, is_first = WorkerBeat.objects.update_or_create(worker=name, defaults=facts)
    if is_first:
        WorkerBeat.objects.filter(heard_at__lt=at - REMEMBERED).delete()
