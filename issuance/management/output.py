"""What the commands print: an issuance as one JSON document on stdout, everything else on stderr."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils import timezone

from accounts.command_line import BAD_USAGE
from accounts.models import User
from campaigns import halts
from engine import heartbeat
from issuance.models import Batch, Issuance
from issuance.sending import dry_run, forecast, refusals, role_limits, status
from issuance.sending.status import IssuanceSummary
from issuance.states import BatchState
from ui.status import Status

BAD_ENDS = frozenset({BatchState.FAILED, BatchState.REFUSED, BatchState.NEEDS_ATTENTION})
"""States of a job after which a command that waited for it ends with 1."""


def issuance_by_id(issuance_id: int) -> Issuance:
    """Return an issuance. Raises CommandError, which ends the command with 2."""
    found = Issuance.objects.select_related("campaign", "merchant").filter(pk=issuance_id).first()
    if found is None:
        raise CommandError(f"There is no issuance {issuance_id}.", returncode=BAD_USAGE)
    return found


def summary_of(issuance: Issuance) -> IssuanceSummary:
    """Return the status and the figures of an issuance now."""
    issuance.refresh_from_db()
    return status.summaries([issuance], at=timezone.now())[issuance.pk]


def document(issuance: Issuance) -> dict[str, Any]:
    """Return an issuance as plain values: its buckets, which sum to its lines, and its jobs."""
    buckets = (summary := summary_of(issuance)).buckets
    batches = Batch.objects.kept().filter(issuance=issuance).select_related("variant")
    return {
        "issuance": issuance.pk,
        "state": summary.status.name.lower(),
        "lines": buckets.lines,
        "left_out": dict(buckets.left_out),
        "held_back": buckets.held_back,
        "not_sent": buckets.not_sent,
        "in_progress": buckets.in_progress,
        "issued": buckets.issued,
        "failed": buckets.failed,
        "unknown": buckets.unknown,
        "revoked": buckets.revoked,
        "batches": [
            {"variant": batch.variant.name, "size": batch.size, "state": batch.state, "job_id": batch.job_id}
            for batch in batches
        ],
    }


def rehearsal(issuance: Issuance, *, by: User | None) -> dict[str, Any]:
    """Return what a confirmation would do, as the review page shows it. Makes no call to Thanx."""
    at = timezone.now()
    run = dry_run.of_issuance(issuance)
    expected = forecast.forecast(calls=run.calls, at=at)
    alone = role_limits.left_to_issue(by, merchant=issuance.merchant, at=at).allows(run.size)
    return {
        "guests": run.guests,
        "rewards": run.rewards,
        "held_back": run.held_back,
        "probably_not_members": run.strangers,
        "at_most": _dollars(run.at_most),
        "unpriced": run.unpriced,
        "calls": expected.calls,
        "looks": expected.polls,
        "handed_over_seconds": round(expected.handed_over.total_seconds()),
        "completed_seconds": round(expected.completed.total_seconds()),
        "needs_approval": not alone,
        "obstacle": str(refusals.objection(issuance=issuance, at=at) or ""),
        "arms": [
            {
                "variant": arm.variant.name,
                "guests": arm.guests,
                "jobs": list(arm.jobs),
                "at_most": _dollars(arm.at_most),
            }
            for arm in run.arms
        ],
    }


def _dollars(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def show(issuance: Issuance, *, out: OutputWrapper, as_json: bool, more: Mapping[str, Any] | None = None) -> None:
    """Print an issuance: as JSON, or in lines for people."""
    shown = document(issuance) | dict(more or {})
    if as_json:
        out.write(json.dumps(shown))
        return
    jobs = shown.pop("batches")
    shown |= shown.pop("dry_run", {})
    for name, value in shown.items():
        out.write(f"{name.replace('_', ' '):12} {value}")
    for job in jobs:
        out.write(f"{'job':12} {job['variant']}: {job['size']} {job['state']} {job['job_id'] or ''}".rstrip())


def went_wrong(issuance: Issuance) -> bool:
    """Whether a job was refused, failed as a whole, or waits for a person. Guests who failed singly are results."""
    return issuance.batches.filter(state__in=sorted(BAD_ENDS)).exists() or summary_of(issuance).status == Status.FAILED


def write_file(chunks: Iterable[bytes], *, out: OutputWrapper) -> None:
    """Write a file to stdout, byte for byte: the terminal's encoding is none of the file's business."""
    buffer = getattr(out, "buffer", None)
    for chunk in chunks:
        if buffer is not None:
            buffer.write(chunk)
        else:
            out.write(chunk.decode(), ending="")


def warn_if_halted(issuance: Issuance, err: OutputWrapper) -> None:
    """Warn when all sending is stopped: the rows are written, and nothing is sent until sending is resumed."""
    for halt in halts.in_force(issuance.merchant):
        err.write(halts.words(halt))


def warn_if_no_worker_runs(err: OutputWrapper) -> None:
    """Warn when no worker is alive: the rows are written, and nothing more happens until one runs."""
    if heartbeat.is_worker_alive(at=timezone.now()):
        return
    last = heartbeat.last_heard()
    since = f"since {last:%Y-%m-%d %H:%M:%S} UTC" if last else "ever"
    err.write(f"No worker has been heard from {since}. Start one with: manage.py work")
