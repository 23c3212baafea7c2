"""Revocations: the act that queues them, and the step that makes the calls. A job is revoked whole or not at all.

Revoking has no idempotency key and needs none: before a retry the job is read, and a job that is already being revoked
is a success.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from campaigns.catalog.credential import doubt_credential
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from issuance.jobs import due_times
from issuance.jobs.failure_reasons import said
from issuance.jobs.observation import JobState, Source, of_job
from issuance.jobs.problems import CREDENTIAL, JobProblem, problem_of
from issuance.jobs.recording import observe
from issuance.locks import lock_batches
from issuance.models import Batch, Issuance
from issuance.states import REVOCABLE, BatchMove, BatchState
from partner_api import connect, errors
from partner_api.calls.client import ThanxClient
from vault import masking

RUNNING = frozenset({BatchState.QUEUED, BatchState.SUBMITTING, BatchState.WATCHING, BatchState.NEEDS_ATTENTION})
"""Jobs that cannot be revoked yet: a request in these states would be a 422."""

LONGEST_REASON = 500


class NothingToRevoke(Exception):
    """None of the batches can be revoked now, nor, if the user asked for that, as soon as it has ended."""


class ReasonMissing(Exception):
    """Revoking takes rewards away from guests: the audit trail must say why."""


@dataclass(frozen=True, kw_only=True)
class QueuedRevocations:
    """How many jobs will be revoked now, and how many as soon as they have ended."""

    now: int
    when_ended: int


def revoke_batches(
    *,
    issuance: Issuance,
    by: User | None,
    at: datetime,
    reason: str,
    batches: Iterable[Batch] | None = None,
    also_running: bool = False,
    asked_for_by: User | None = None,
) -> QueuedRevocations:
    """Queue the revocation of an issuance's jobs, or of some of them. Controls hold no rewards and are left alone.

    The reason keeps no identifier of a guest; where another user has asked, it names that user. Raises ReasonMissing
    and NothingToRevoke; then nothing has changed.
    """
    reason = masking.masked_text(reason.strip())
    if not reason:
        raise ReasonMissing
    reason = (f"{reason} (asked for by {asked_for_by})" if asked_for_by else reason)[:LONGEST_REASON]
    with transaction.atomic():
        wanted = Batch.objects.filter(issuance=issuance, is_control=False)
        rows = lock_batches(wanted if batches is None else wanted.filter(pk__in=[batch.pk for batch in batches]))
        ended = [batch for batch in rows if batch.state in REVOCABLE]
        running = [batch for batch in rows if batch.state in RUNNING and also_running]
        if not ended and not running:
            raise NothingToRevoke
        _ask(ended, running, by=by, at=at, reason=reason)
        audit.record(
            action="revocation asked",
            on=issuance,
            by=by,
            at=at,
            merchant_id=issuance.merchant_id,
            jobs=len(ended),
            jobs_when_ended=len(running),
            rewards=sum(batch.issued_count or 0 for batch in ended),
        )
    return QueuedRevocations(now=len(ended), when_ended=len(running))


def _ask(ended: list[Batch], running: list[Batch], *, by: User | None, at: datetime, reason: str) -> None:
    wish: dict[str, Any] = {"revoke_asked_at": at, "revoke_asked_by": by, "revoke_reason": reason}
    anew: dict[str, Any] = {"revoke_attempts": 0, "revoke_when_ended": False, "error_code": "", "error_text": ""}
    for batch in ended:
        batch.move(BatchMove.REVOKE_ASKED, by=by, at=at, due_at=at, **wish, **anew)
    Batch.objects.filter(pk__in=[batch.pk for batch in running]).update(revoke_when_ended=True, **wish)


def revoke_one_batch(*, clock: Clock = now, partner: ThanxClient | None = None) -> bool:
    """Revoke the batch that has waited longest for it. Return whether there was one."""
    batch = claim_one(Batch.objects.to_revoke(), at=clock())
    if batch is None:
        return False
    try:
        with renewing(batch, clock=clock):
            partner = partner or connect.thanx(priority=connect.Priority.REVOCATION, about=f"batch:{batch.pk}")
            _revoke(batch, partner=partner, clock=clock)
    except errors.PartnerError as error:
        _again_later(batch, error, at=clock())
    return True


def _revoke(batch: Batch, *, partner: ThanxClient, clock: Clock) -> None:
    """Ask Thanx to revoke, unless the job turns out to be revoked already.

    The job is read first when an earlier attempt may have worked, and when it has not said all: Thanx lists the
    failures only while a job is completed. The counts of a failed job are read twice: a revoked job confirms none.
    """
    if batch.revoke_attempts > 0 or not due_times.is_fully_read(batch):
        found = _read(batch, partner=partner, clock=clock)
        if found.state != BatchState.REVOKE_QUEUED:
            return
        if _wants_second_reading(found, at=clock()):
            finish(batch, due_at=clock() + due_times.FIRST_RETRY)
            return
    Batch.objects.filter(pk=batch.pk).update(revoke_attempts=F("revoke_attempts") + 1)
    batch.revoke_attempts += 1
    try:
        job = partner.revoke(id=batch.job_id or "", merchant_id=batch.issuance.merchant.thanx_id)
    except errors.Refused as refusal:
        if problem_of(refusal) in CREDENTIAL:
            raise
        # "Already revoking" is a 422, too, and a success: an earlier request may have arrived after the job was read.
        if _read(batch, partner=partner, clock=clock).state == BatchState.REVOKE_QUEUED:
            _leave_unrevoked(batch, refusal, at=clock())
        return
    seen = of_job(job, source=Source.ANSWER)
    if seen.job_state != JobState.REVOKED:
        seen = replace(seen, job_state=JobState.REVOKING)
    observe(batch_id=batch.pk, observation=seen, at=clock())


def _read(batch: Batch, *, partner: ThanxClient, clock: Clock) -> Batch:
    """Read the job and return the batch as it is then: no longer REVOKE_QUEUED if the job is being revoked."""
    job = partner.issuance_job(id=batch.job_id or "", merchant_id=batch.issuance.merchant.thanx_id)
    return observe(batch_id=batch.pk, observation=of_job(job, source=Source.POLL), at=clock())


def _wants_second_reading(batch: Batch, *, at: datetime) -> bool:
    """Whether a failed job's counts must be read a second time. Only for LISTING_TAKES after its end."""
    counted = batch.job_state == JobState.FAILED and batch.issued_count is not None
    return counted and not due_times.is_fully_read(batch) and at - (batch.ended_at or at) < due_times.LISTING_TAKES


def _leave_unrevoked(batch: Batch, refusal: errors.Refused, *, at: datetime) -> None:
    """Leave the job as it was, with Thanx's words."""
    failed = Batch.objects.filter(pk=batch.pk, job_state=JobState.FAILED).exists()
    move = BatchMove.REVOKE_REFUSED_FAILED if failed else BatchMove.REVOKE_REFUSED
    batch.move(move, by=None, at=at, error_code=JobProblem.REVOKE_REFUSED, error_text=said(refusal.message))


def _again_later(batch: Batch, error: errors.PartnerError, *, at: datetime) -> None:
    """Retry later, reading the job first. Raises LeaseLost when another worker has recorded its outcome by now."""
    problem = problem_of(error)
    asked_at = batch.revoke_asked_at or at
    if isinstance(error, errors.Refused) and problem is JobProblem.REFUSED and at - asked_at > due_times.LOST_AFTER:
        _leave_unrevoked(
            batch, error, at=at
        )  # for LOST_AFTER Thanx has not even shown the job; one refusal proves nothing
        return
    due_at = due_times.retry_at(attempts=max(batch.revoke_attempts, 1), at=at, not_before=error.not_before)
    if problem in CREDENTIAL:
        doubt_credential(at=at)
        due_at = at + due_times.CREDENTIAL_RETRY
    finish(batch, due_at=due_at, error_code=problem)
