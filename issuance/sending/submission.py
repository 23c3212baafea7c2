"""The step that sends batches: write the intention, make the call, record its outcome.

Every attempt sends the key and the bytes that were frozen at the confirmation. While an earlier attempt may have
reached Thanx, only an answer with a job proves anything.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from campaigns.catalog.credential import doubt_credential
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from issuance.jobs import due_times, failures, holds, recording
from issuance.jobs.failure_reasons import ReasonCode, said
from issuance.jobs.holds import Hold
from issuance.jobs.observation import Source, of_job
from issuance.jobs.problems import CREDENTIAL, JobProblem, problem_of
from issuance.manifests import open_body
from issuance.models import Batch, Delivery, Manifest
from issuance.states import BatchMove, BatchState
from partner_api import connect, errors
from partner_api.answers.jobs import IssuanceJob
from partner_api.calls.client import ThanxClient
from partner_api.pacing.turns import whose_turn
from vault.sealing import Unsealable


@dataclass(frozen=True, kw_only=True)
class SendAttempt:
    """A call that is about to be made. `was_maybe_sent`: an earlier one may have reached Thanx."""

    batch: Batch
    body: bytes = field(repr=False)
    was_maybe_sent: bool
    first_attempt_at: datetime | None


def submit_one_batch(*, clock: Clock = now, partner: ThanxClient | None = None) -> bool:
    """Send the batch that has waited longest. Return whether there was one."""
    batch = claim_one(Batch.objects.to_submit(), at=clock(), turn=whose_turn("issuance__merchant__thanx_id"))
    if batch is None:
        return False
    attempt = _begin(batch, at=clock())
    if attempt is not None:
        _call(attempt, partner=partner, clock=clock)
    return True


def _begin(batch: Batch, *, at: datetime) -> SendAttempt | None:
    """Write that the call may be made from now on; None when it must not be, now or without a user's decision."""
    body = _frozen_body(batch)
    attempt = SendAttempt(
        batch=batch, body=body or b"", was_maybe_sent=batch.maybe_sent, first_attempt_at=batch.first_attempt_at
    )
    problem = JobProblem.BODY_CHANGED if body is None else _objection(batch, at=at)
    with transaction.atomic():
        hold = holds.hold_on(batch)
        if batch.state == BatchState.SUBMITTING:
            batch.move(BatchMove.LEASE_EXPIRED, by=None, at=at, keep_lease=True)
        if hold is not None:
            _hold(batch, hold, at=at)
            return None
        if problem is not None:
            recording.give_up(batch, at=at, error_code=problem)
            return None
        batch.move(
            BatchMove.CLAIMED,
            by=None,
            at=at,
            keep_lease=True,
            attempts=batch.attempts + 1,
            first_attempt_at=batch.first_attempt_at or at,
            maybe_sent=True,
        )
    return attempt


def _hold(batch: Batch, hold: Hold, *, at: datetime) -> None:
    """Leave the batch unsent: for good, or until the act that ends the hold makes it due again."""
    if hold is Hold.STOPPED:
        batch.move(BatchMove.STOPPED, by=None, at=at, ended_at=at, revoke_when_ended=False)
    else:
        finish(batch, due_at=None)


def _frozen_body(batch: Batch) -> bytes | None:
    """Return the bytes that were confirmed; None when the stored bytes are others, or cannot be opened."""
    try:
        body = open_body(batch.manifest)
    except (Manifest.DoesNotExist, Unsealable):
        return None
    return body if sha256(body).hexdigest() == batch.body_digest else None


def _objection(batch: Batch, *, at: datetime) -> JobProblem | None:
    first = batch.first_attempt_at
    if batch.maybe_sent and first is not None and at - first > settings.RESUBMIT_WINDOW:
        return JobProblem.UNKNOWN_TOO_LONG
    redeemable_to = batch.issuance.campaign.redeemable_to
    if redeemable_to is not None and redeemable_to <= at:
        return JobProblem.CAMPAIGN_OVER
    return None


def _call(attempt: SendAttempt, *, partner: ThanxClient | None, clock: Clock) -> None:
    """Make the call, outside any transaction, and record its outcome."""
    batch = attempt.batch
    try:
        with renewing(batch, clock=clock):
            partner = partner or connect.thanx(
                priority=connect.Priority.SUBMISSION,
                merchant=batch.issuance.merchant.thanx_id,
                about=f"batch:{batch.pk}",
                consent=lambda: holds.may_still_go(batch, was_maybe_sent=attempt.was_maybe_sent),
            )
            assert batch.idempotency_key is not None, "the database holds no queued batch without a key"
            job = partner.issue(key=batch.idempotency_key, body=attempt.body)
    except errors.Withheld:
        _withhold(attempt, at=clock())
    except errors.PartnerError as error:
        _record_error(attempt, error, at=clock())
    else:
        _accept(batch, job, at=clock())


def _record_error(attempt: SendAttempt, error: errors.PartnerError, *, at: datetime) -> None:
    problem = problem_of(error)
    if problem in CREDENTIAL:
        doubt_credential(at=at)
        _postpone(attempt, problem, error, at=at, due_at=at + due_times.CREDENTIAL_RETRY)
    elif problem is not JobProblem.REFUSED:
        due_at = due_times.retry_at(attempts=attempt.batch.attempts, at=at, not_before=error.not_before)
        _postpone(attempt, problem, error, at=at, due_at=due_at)
    elif attempt.was_maybe_sent:
        facts = _error_facts(JobProblem.REFUSED_AFTER_UNKNOWN, error)
        recording.give_up(attempt.batch, at=at, **facts)
    else:
        _refuse(attempt.batch, error, at=at)


def _withhold(attempt: SendAttempt, *, at: datetime) -> None:
    """Record that nothing was sent: sending was held while the call waited. The next claim finds the hold."""
    facts: dict[str, Any] = {"maybe_sent": attempt.was_maybe_sent, "first_attempt_at": attempt.first_attempt_at}
    attempt.batch.move(BatchMove.WITHHELD, by=None, at=at, due_at=at, **facts)


def _postpone(
    attempt: SendAttempt, problem: JobProblem, error: errors.PartnerError, *, at: datetime, due_at: datetime
) -> None:
    """Have the same bytes sent again later. Only a call of unknown outcome may have been the first to reach Thanx."""
    maybe_sent = attempt.was_maybe_sent or isinstance(error, errors.OutcomeUnknown)
    facts: dict[str, Any] = {"maybe_sent": maybe_sent, **_error_facts(problem, error)}
    if not maybe_sent:
        facts["first_attempt_at"] = None
        # Nothing of a stopped issuance waits for a retry: the next claim stops this batch, too.
        due_at = at if holds.is_stopped(attempt.batch) else due_at
    attempt.batch.move(BatchMove.POSTPONED, by=None, at=at, due_at=due_at, **facts)


def _refuse(batch: Batch, error: errors.PartnerError, *, at: datetime) -> None:
    facts = _error_facts(JobProblem.REFUSED, error)
    with transaction.atomic():
        batch.move(BatchMove.REFUSED, by=None, at=at, ended_at=at, maybe_sent=False, **not_issued(batch), **facts)
        failures.write_all(batch=batch, code=ReasonCode.REFUSED, text=facts["error_text"], at=at)
        recording.act_on_end(batch, at=at)


def not_issued(batch: Batch) -> dict[str, Any]:
    """Return the counts of a batch that issued no reward."""
    return {"processed_count": batch.size, "issued_count": 0, "failed_count": batch.size}


def _error_facts(problem: JobProblem, error: errors.PartnerError) -> dict[str, Any]:
    answer = " ".join(str(part) for part in (error.status, error.code) if part)
    text = ": ".join(part for part in (answer, said(error.message)) if part)
    return {"error_code": problem, "error_text": text}


def _accept(batch: Batch, job: IssuanceJob, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            batch.move(
                BatchMove.ACCEPTED,
                by=None,
                at=at,
                job_id=job.id,
                submitted_at=at,
                changed_at=at,
                maybe_sent=False,
                error_code="",
                error_text="",
            )
            # Read again: a user may have asked by now to revoke the job as soon as it has ended.
            recording.observe(batch_id=batch.pk, observation=of_job(job, source=Source.ANSWER), at=at)
            Delivery.objects.parked_for(job.id).update(due_at=at)
    except (IntegrityError, DataError):
        # Job ids are unique: this one is another batch's already, or is no id.
        batch.refresh_from_db()
        text = f"Thanx named the job {job.id}"[:500]
        recording.give_up(batch, at=at, error_code=JobProblem.JOB_OF_ANOTHER_BATCH, error_text=text)
