"""The step that polls the jobs at Thanx, and the act that has a job polled at once."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.catalog.credential import doubt_credential
from engine import correlation
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, renewing
from issuance.jobs import due_times
from issuance.jobs.observation import Source, of_job
from issuance.jobs.problems import CREDENTIAL, JobProblem, problem_of
from issuance.jobs.recording import act_on_end, give_up, observe, stop_polling
from issuance.locks import lock_batch, lock_batches
from issuance.models import Batch
from issuance.states import POLLED, REVOCABLE
from partner_api import connect, errors
from partner_api.calls.client import ThanxClient
from partner_api.pacing.turns import whose_turn

CHECK_APART = timedelta(minutes=1)
LONGEST_WAIT = timedelta(seconds=10)
"""A poll that would wait longer for its place in the budget is due later instead."""


class TooSoon(Exception):
    """The job was polled less than a minute ago: Thanx forbids rapid polling. `again_at`: from when on it may be."""

    def __init__(self, *, again_at: datetime) -> None:
        self.again_at = again_at
        super().__init__("The job was read less than a minute ago.")


class NothingToCheck(Exception):
    """The batch has no job, or there is nothing more to learn of it."""


def poll_one_batch(*, clock: Clock = now, partner: ThanxClient | None = None) -> bool:
    """Poll the job that has been due longest. Return whether there was one."""
    batch = claim_one(Batch.objects.to_poll(), at=clock(), turn=whose_turn("issuance__merchant__thanx_id"))
    if batch is None:
        return False
    try:
        with renewing(batch, clock=clock):
            partner = partner or polling_partner(batch)
            job = partner.issuance_job(id=batch.job_id or "", merchant_id=batch.issuance.merchant.thanx_id)
    except errors.PartnerError as error:
        _learned_nothing(batch, error, at=clock())
    else:
        observe(batch_id=batch.pk, observation=of_job(job, source=Source.POLL), at=clock())
    return True


def polling_partner(batch: Batch) -> ThanxClient:
    """Return a client that polls a batch's job. Raises NotConfigured."""
    merchant = batch.issuance.merchant.thanx_id
    return connect.thanx(
        priority=connect.Priority.POLLING, merchant=merchant, about=f"batch:{batch.pk}", max_wait=LONGEST_WAIT
    )


def _learned_nothing(batch: Batch, error: errors.PartnerError, *, at: datetime) -> None:
    """Poll again later, or give the job up. Raises LeaseLost when another worker has polled it by now."""
    problem = problem_of(error)
    since = batch.seen_at or batch.submitted_at or at
    waiting = at - (batch.ended_at or at)
    if batch.state in REVOCABLE and problem is JobProblem.REFUSED and waiting >= due_times.LISTING_TAKES:
        _give_up_the_list(batch, at=at)
    elif batch.state in REVOCABLE:
        traffic = due_times.traffic(at=at)
        finish(batch, due_at=at + due_times.listing_interval(waiting=waiting, traffic=traffic))
    elif problem is JobProblem.REFUSED and at - since > due_times.LOST_AFTER:
        give_up(batch, at=at, error_code=JobProblem.JOB_LOST)
    else:
        finish(batch, due_at=_later(batch, error, problem, at=at), error_code=problem)


def _give_up_the_list(batch: Batch, *, at: datetime) -> None:
    """Poll an ended job no more. Raises LeaseLost: a revocation that a user has asked for by now must stay due."""
    with transaction.atomic():
        held = lock_batches(Batch.objects.filter(pk=batch.pk, lease_token=batch.lease_token))
        if not held:
            raise LeaseLost
        stop_polling(held[0], at=at)
        act_on_end(held[0], at=at)


def _later(batch: Batch, error: errors.PartnerError, problem: JobProblem, *, at: datetime) -> datetime | None:
    if problem in CREDENTIAL:
        doubt_credential(at=at)
        return at + due_times.CREDENTIAL_RETRY
    poll_at = due_times.next_poll(batch, at=at, had_news=False)
    return max(poll_at, error.not_before) if poll_at and error.not_before else poll_at


def check_now(*, batch: Batch, by: User | None, at: datetime) -> None:
    """Have a batch's job polled at once, for a user. Raises TooSoon and NothingToCheck."""
    with transaction.atomic():
        batch = lock_batch(batch.pk)
        if batch.state not in POLLED or (batch.state in REVOCABLE and due_times.is_fully_read(batch)):
            raise NothingToCheck
        if batch.polled_at and at < batch.polled_at + CHECK_APART:
            raise TooSoon(again_at=batch.polled_at + CHECK_APART)
        if batch.lease_token is None:  # otherwise a worker is about to poll it
            Batch.objects.filter(pk=batch.pk).update(due_at=at, correlation=correlation.current())
        audit.record(
            action="job checked", on=batch, by=by, at=at, merchant_id=batch.issuance.merchant_id, state=batch.state
        )
