"""Workers say that they are alive; whoever wonders why nothing happens can ask when one was last heard."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import Error, connections

from engine.clock import Clock, now
from engine.models import WorkerBeat

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=5)
SILENT_AFTER = 3 * EVERY
"""A worker that has not been heard for this long is taken for dead."""

REMEMBERED = timedelta(days=7)


def last_heard() -> datetime | None:
    """Return when a worker was last heard, None if never. One that stopped in good order counts until it stopped."""
    latest = WorkerBeat.objects.order_by("-heard_at").values_list("heard_at", flat=True)
    return latest.first()


def somebody_works(*, at: datetime) -> bool:
    """Whether at least one worker is alive."""
    return alive(at=at) > 0


def alive(*, at: datetime) -> int:
    """Return how many workers are alive."""
    return WorkerBeat.objects.filter(stopped_at=None, heard_at__gt=at - SILENT_AFTER).count()


@contextmanager
def beating(*, clock: Clock = now, every: timedelta = EVERY) -> Iterator[None]:
    """Let this process be heard while the block runs, from a thread of its own."""
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
            ending = done.is_set()  # one more beat after the end, which says so
            try:
                at = clock()
                started_at = started_at or at
                _write(name, started_at=started_at, at=at, stopped=ending)
            except Error as error:
                # The database is away: the worker waits for it too, and silence is what should then be seen.
                logger.warning("the heartbeat was not written: %s", type(error).__name__)
                connections.close_all()
            done.wait(0 if ending else every.total_seconds())
    finally:
        connections.close_all()


def _write(name: str, *, started_at: datetime, at: datetime, stopped: bool) -> None:
    facts = {"started_at": started_at, "heard_at": at, "stopped_at": at if stopped else None}
    _, is_first = WorkerBeat.objects.update_or_create(worker=name, defaults=facts)
    if is_first:
        WorkerBeat.objects.filter(heard_at__lt=at - REMEMBERED).delete()
