"""The step that revokes jobs at Thanx.

Revoking has no idempotency key and needs none: before a retry the job is read, and a job that is already being revoked
is a success.
"""

from dataclasses import replace
from datetime import datetime

from django.db.models import F

from campaigns.catalog.credential import doubt_credential
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from issuance.jobs import due_times
from issuance.jobs.failure_reasons import said
from issuance.jobs.observation import JobState, Source, of_job
from issuance.jobs.problems import CREDENTIAL, JobProblem, problem_of
from issuance.jobs.recording import observe
from issuance.models import Batch
from issuance.states import BatchMove, BatchState
from partner_api import connect, errors
from partner_api.calls.client import ThanxClient
from partner_api.pacing.turns import whose_turn


def revoke_one_batch(*, clock: Clock = now, partner: ThanxClient | None = None) -> bool:
    """Revoke the batch that has waited longest for it. Return whether there was one."""
    batch = claim_one(Batch.objects.to_revoke(), at=clock(), turn=whose_turn("issuance__merchant__thanx_id"))
    if batch is None:
        return False
    try:
        with renewing(batch, clock=clock):
            merchant = batch.issuance.merchant.thanx_id
            partner = partner or connect.thanx(
                priority=connect.Priority.REVOCATION, merchant=merchant, about=f"batch:{batch.pk}"
            )
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
