"""Waiting for what workers do, with a progress bar on a terminal."""

import time
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from tqdm import tqdm

from engine import heartbeat
from engine.outages import tolerate_outage
from issuance.management.output import summary_of
from issuance.models import Issuance
from issuance.sending.status import IssuanceSummary
from issuance.states import IssuanceState

LOOK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
"""How long to wait while no worker is alive, or the database does not answer. While one is alive there is no limit."""


def until_read(issuance: Issuance) -> bool:
    """Wait until the audience has been read. Return False when no worker did it in time."""
    return _until(issuance, lambda _: issuance.state != IssuanceState.READING, label="reading")


def until_settled(issuance: Issuance) -> bool:
    """Wait until nothing more changes by itself. Return False when no worker did it in time."""
    return _until(issuance, lambda summary: not summary.unfinished, label="issuing")


def what_hangs(issuance: Issuance) -> str:
    """Return what has not happened although it was waited for, and what to do about it."""
    buckets = summary_of(issuance).buckets
    counted = {"not sent": buckets.not_sent, "in progress": buckets.in_progress, "unknown": buckets.unknown}
    guests = ", ".join(f"{number:,} {what}" for what, number in counted.items() if number)
    return (
        f"Issuance {issuance.pk} has not ended ({guests or 'no guest is open'}), and no worker has worked"
        f" for {PATIENCE_SECONDS:.0f} seconds. It goes on as soon as a worker runs; nothing has to be sent again."
    )


def _until(issuance: Issuance, settled: Callable[[IssuanceSummary], bool], *, label: str) -> bool:
    heard = time.monotonic()
    # `disable=None` shows the bar on a terminal only.
    with tqdm(desc=label, total=0, disable=None, unit=" lines") as bar:
        while True:
            if tolerate_outage(lambda: settled(_look(issuance, bar)), otherwise=False):
                return True
            if tolerate_outage(lambda: heartbeat.is_worker_alive(at=timezone.now()), otherwise=False):
                heard = time.monotonic()
            if time.monotonic() - heard > PATIENCE_SECONDS:
                return False
            time.sleep(LOOK_EVERY_SECONDS)


def _look(issuance: Issuance, bar: "tqdm[Any]") -> IssuanceSummary:
    """Read how the issuance stands, and draw it."""
    summary = summary_of(issuance)
    if issuance.state == IssuanceState.READING:
        upload = issuance.upload
        upload.refresh_from_db()
        bar.n = upload.lines_read
    else:
        buckets = summary.buckets
        bar.total = buckets.addressed
        bar.n = buckets.issued + buckets.failed + buckets.revoked
    bar.refresh()
    return summary
