"""The decisions that a user can make about a batch that needs attention, and what each means."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from issuance.jobs import failures, recording
from issuance.jobs.failure_reasons import ReasonCode
from issuance.jobs.problems import JobProblem
from issuance.locks import lock_batch
from issuance.models import Batch, Delivery
from issuance.sending.submission import not_issued
from issuance.states import BatchMove, BatchState
from partner_api import connect, errors
from partner_api.calls.client import ThanxClient

LONGEST_JOB_ID = 100
NO_JOB = "This is no job's id, or that job belongs to another batch already."


class JobDecision(StrEnum):
    """What a user may decide about a job."""

    ASK_AGAIN = "ask_again"
    NAME_JOB = "name_job"
    WATCH_AGAIN = "watch_again"
    SETTLE = "settle"


@dataclass(frozen=True)
class DecisionOption:
    """A decision in words, with what follows from it for the guests."""

    decision: JobDecision
    label: str
    consequence: str


class NotPossible(Exception):
    """The decision does not fit the batch's state by now. The text is for the user."""


_NEVER_SENT = DecisionOption(
    JobDecision.ASK_AGAIN, "Send it again", "No earlier attempt reached Thanx, so no guest can get a reward twice."
)
_ASK_AGAIN = DecisionOption(
    JobDecision.ASK_AGAIN,
    "Ask Thanx again with the same key",
    "If Thanx remembers the key, it answers with the job that exists, or issues the rewards once. Thanx forgets keys"
    " after a time that it does not publish: if the first attempt had worked and the key is forgotten, guests get the"
    " reward twice.",
)
_NAME_JOB = DecisionOption(
    JobDecision.NAME_JOB,
    "Enter the job that Thanx found",
    "The portal reads the job, checks that it is of this campaign and variant, and watches it. Nothing is sent again.",
)
_WATCH_AGAIN = DecisionOption(
    JobDecision.WATCH_AGAIN,
    "Watch the job again",
    "The portal reads the job again and shows what Thanx says. Nothing is sent again.",
)
_SETTLE = DecisionOption(
    JobDecision.SETTLE,
    "Settle as not issued",
    "All guests of this job count as failed and can be tried again, which sends them the reward. Choose this only when"
    " Thanx has confirmed that nothing was issued; otherwise guests may get the reward twice.",
)


def options(batch: Batch) -> tuple[DecisionOption, ...]:
    """Return the decisions that are possible now; none for a batch that needs no attention."""
    if batch.state != BatchState.NEEDS_ATTENTION:
        return ()
    if batch.job_id is not None:
        return (_WATCH_AGAIN, _SETTLE) if not batch.issued_count else (_WATCH_AGAIN,)
    if batch.error_code == JobProblem.BODY_CHANGED:  # it will never be sent: it is not what was confirmed
        return (_NAME_JOB, _SETTLE) if batch.maybe_sent else (_SETTLE,)
    return (_ASK_AGAIN, _NAME_JOB, _SETTLE) if batch.maybe_sent else (_NEVER_SENT, _SETTLE)


def ask_again(*, batch: Batch, by: User | None, at: datetime) -> None:
    """Let the same bytes be sent again under the same key, for another RESUBMIT_WINDOW. Raises NotPossible."""
    with transaction.atomic():
        batch = _waiting(batch, JobDecision.ASK_AGAIN)
        first = at if batch.maybe_sent else None
        batch.move(BatchMove.ASKED_AGAIN, by=by, at=at, due_at=at, first_attempt_at=first, attempts=0)
        _audit(batch, JobDecision.ASK_AGAIN, by=by, at=at)


def watch_again(*, batch: Batch, by: User | None, at: datetime) -> None:
    """Let the job be polled again, at once. Raises NotPossible."""
    with transaction.atomic():
        batch = _waiting(batch, JobDecision.WATCH_AGAIN)
        batch.move(BatchMove.WATCHED_AGAIN, by=by, at=at, due_at=at, changed_at=at, seen_at=at)
        _audit(batch, JobDecision.WATCH_AGAIN, by=by, at=at)


def name_job(*, batch: Batch, job_id: str, by: User | None, at: datetime, partner: ThanxClient | None = None) -> None:
    """Give the batch the job that Thanx's support has found for it, once the job was read. Raises NotPossible."""
    job_id = job_id.strip()
    _allowed(batch, JobDecision.NAME_JOB)
    if not job_id or len(job_id) > LONGEST_JOB_ID or Batch.objects.filter(job_id=job_id).exists():
        raise NotPossible(NO_JOB)
    _check_job(batch, job_id, partner=partner)
    facts: dict[str, Any] = {"job_id": job_id, "maybe_sent": False, "submitted_at": at, "changed_at": at, "seen_at": at}
    try:
        with transaction.atomic():
            batch = _waiting(batch, JobDecision.NAME_JOB)
            batch.move(BatchMove.WATCHED_AGAIN, by=by, at=at, due_at=at, **facts)
            Delivery.objects.parked_for(job_id).update(due_at=at)
            _audit(batch, JobDecision.NAME_JOB, by=by, at=at, job=job_id)
    except IntegrityError:
        # Job ids are unique: while Thanx was asked, another user has named the same job for another batch.
        raise NotPossible(NO_JOB) from None


def _check_job(batch: Batch, job_id: str, *, partner: ThanxClient | None) -> None:
    """Read the job, because a wrong one's rewards would count as this batch's."""
    try:
        partner = partner or connect.thanx(
            priority=connect.Priority.USER_ACTION, merchant=batch.issuance.merchant.thanx_id, about=f"batch:{batch.pk}"
        )
        job = partner.issuance_job(id=job_id, merchant_id=batch.issuance.merchant.thanx_id)
    except errors.Refused:
        raise NotPossible("Thanx does not show this job to us.") from None
    except errors.PartnerError:
        raise NotPossible("Thanx could not be asked just now. Please try again in a minute.") from None
    if job.variant_id not in (None, batch.variant.thanx_id):
        raise NotPossible("This job is of another variant.")
    if job.total_count not in (None, batch.size):
        raise NotPossible(f"This job has {job.total_count} guests, and this batch has {batch.size}.")


def settle_as_not_issued(*, batch: Batch, by: User | None, at: datetime, note: str = "") -> None:
    """Count all recipients as failed, because Thanx has confirmed that nothing was issued. Raises NotPossible."""
    with transaction.atomic():
        batch = _waiting(batch, JobDecision.SETTLE)
        batch.move(BatchMove.SETTLED, by=by, at=at, ended_at=at, maybe_sent=False, **not_issued(batch))
        failures.write_all(batch=batch, code=ReasonCode.SETTLED, text=note, at=at)
        recording.act_on_end(batch, at=at)
        _audit(batch, JobDecision.SETTLE, by=by, at=at)


def _waiting(batch: Batch, decision: JobDecision) -> Batch:
    """Return the batch, locked, if the decision is still possible."""
    batch = lock_batch(batch.pk)
    _allowed(batch, decision)
    return batch


def _allowed(batch: Batch, decision: JobDecision) -> None:
    if decision not in [option.decision for option in options(batch)]:
        raise NotPossible("This job stands differently by now.")


def _audit(batch: Batch, decision: JobDecision, *, by: User | None, at: datetime, **facts: str) -> None:
    merchant_id = batch.issuance.merchant_id
    audit.record(action=f"job: {decision}", on=batch, by=by, at=at, merchant_id=merchant_id, **facts)
