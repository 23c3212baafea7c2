"""Locks are taken in one order, so that no two transactions wait for each other for ever."""

import hashlib
import json
import re
import threading

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from engine.clock import now
from issuance.approvals.to_revoke import to_revoke
from issuance.drafts import drafts
from issuance.followup import reissues, retries, revocation, settlements
from issuance.jobs import failures, webhook_inbox
from issuance.jobs.failure_reasons import ReasonCode
from issuance.jobs.webhook_inbox import PURPOSE
from issuance.locks import lock_for_decision, lock_issuance
from issuance.models import Batch, Delivery, Failure
from issuance.sending import stopping
from issuance.states import BatchState, IssuanceState
from tests.support.database import needs_postgres, until_a_transaction_waits
from tests.support.factories import BatchFactory, IssuanceFactory, MembershipFactory, create_batch_with_job
from vault.sealing import seal

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def issuance():
    return IssuanceFactory()


def batches_of(issuance, make, **fields):
    """Make three batches, numbered against the order in which they are made."""
    return [make(issuance=issuance, number=number, **fields) for number in (3, 2, 1)]


def revoke(issuance):
    batches = batches_of(issuance, create_batch_with_job, state=BatchState.COMPLETED)
    return batches, lambda: revocation.revoke_batches(issuance=issuance, by=None, at=now(), reason="a try")


def digest(issuance):
    batches = batches_of(issuance, create_batch_with_job)
    for batch in reversed(batches):
        body = json.dumps({"event": "reward_batch.completed", "data": {"issuance_job_id": batch.job_id}}).encode()
        known = {"digest": hashlib.sha256(body).hexdigest(), "sealed_body": seal(body, purpose=PURPOSE)}
        Delivery.objects.create(received_at=now(), due_at=now(), **known)
    return batches, webhook_inbox.digest_one_delivery


def resume(issuance):
    batches = batches_of(issuance, BatchFactory, due_at=now())
    stopping.pause(issuance=issuance, by=None, at=now())
    Batch.objects.update(due_at=None)
    return batches, lambda: stopping.resume(issuance=issuance, by=None, at=now())


def discard(issuance):
    child = IssuanceFactory(campaign=issuance.campaign, state=IssuanceState.READY)
    batches = batches_of(issuance, create_batch_with_job, state=BatchState.REVOKED, reissue=child)
    return batches, lambda: drafts.discard(issuance=child, by=None, at=now())


@pytest.mark.parametrize("act_on", [revoke, digest, resume, discard])
def test_batches_are_locked_in_the_order_they_were_made(issuance, act_on):
    batches, act = act_on(issuance)
    first, second, third = (batch.pk for batch in batches)

    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=second)
        thread = threading.Thread(target=in_a_thread, args=(act,))
        thread.start()
        until_a_transaction_waits()
        others = free_among(first, third)
    thread.join()

    assert others == [third]


def test_jobs_are_locked_before_what_is_unsent(issuance):
    unsent = BatchFactory(issuance=issuance, number=1)
    job = create_batch_with_job(issuance=issuance, number=2, state=BatchState.COMPLETED)
    wish = {"by": None, "at": now(), "reason": "a try", "also_running": True}

    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=job.pk)
        thread = threading.Thread(
            target=in_a_thread, args=(lambda: revocation.revoke_batches(issuance=issuance, **wish),)
        )
        thread.start()
        until_a_transaction_waits()
        others = free_among(unsent.pk)
    thread.join()

    assert others == [unsent.pk]


def test_a_decision_locks_the_merchant_then_the_campaign_then_the_issuance(issuance):
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        lock_for_decision(issuance)

    locked = [re.search(r'FOR NO KEY UPDATE OF "(\w+)"', query["sql"]) for query in queries]
    assert [found and found[1] for found in locked] == ["campaigns_merchant", "campaigns_campaign", "issuance_issuance"]


# --- A worker that records how a job ended holds the job, and then wants its issuance -------------------------


def approve_revocation(issuance):
    batches = batches_of(issuance, create_batch_with_job, state=BatchState.COMPLETED)
    marketer, manager = (MembershipFactory(merchant=issuance.merchant, role=role).user for role in MAY_ASK_AND_ANSWER)
    wish = {"batches": batches, "also_running": False, "rewards": 3, "reason": "a try"}
    request = to_revoke.ask(issuance=issuance, by=marketer, at=now(), **wish)
    return lambda: to_revoke.approve(issuance=request.issuance, number=request.pk, by=manager, at=now())


def reissue(issuance):
    batches_of(issuance, create_batch_with_job, state=BatchState.REVOKED)
    campaign = issuance.campaign
    return lambda: reissues.reissue_to_same(issuance=issuance, campaign=campaign, by=None, at=now())


def discard_reissue(issuance):
    child = reissue(issuance)()
    return lambda: drafts.discard(issuance=child, by=None, at=now())


def retry(issuance):
    fail_all(issuance)
    return lambda: retries.retry_failures(issuance=issuance, by=None, at=now())


def settle(issuance):
    fail_all(issuance)
    wish = {"failures": Failure.objects.all(), "note": "a try"}
    return lambda: settlements.settle(issuance=issuance, by=None, at=now(), **wish)


def fail_all(issuance):
    for batch in batches_of(issuance, create_batch_with_job, state=BatchState.FAILED):
        failures.write_all(batch=batch, code=ReasonCode.JOB_FAILED, text="", at=now())


MAY_ASK_AND_ANSWER = (Role.MARKETER, Role.MANAGER)


@pytest.mark.parametrize("act_on", [approve_revocation, reissue, discard_reissue, retry, settle])
def test_a_worker_that_learns_how_a_job_ended_never_waits_for_a_user_who_waits_for_the_job(issuance, act_on):
    act = act_on(issuance)
    problems = []

    with transaction.atomic():
        for batch in Batch.objects.select_for_update().order_by("pk"):
            failures.withdraw_concluded(batch=batch)  # as when Thanx says more than was concluded
        thread = threading.Thread(target=in_a_thread, args=(act, problems))
        thread.start()
        until_a_transaction_waits()
        lock_issuance(issuance.pk)  # waiting here would be waiting for each other
    thread.join()

    assert problems in ([], [retries.NothingToRetry], [settlements.NothingToSettle])


def in_a_thread(act, problems=None):
    try:
        act()
    except Exception as error:
        if problems is None:
            raise
        problems.append(type(error))
    finally:
        connections.close_all()


def free_among(*keys):
    """Return those of the batches that are not locked."""
    rows = Batch.objects.filter(pk__in=keys).select_for_update(skip_locked=True).order_by("pk")
    return list(rows.values_list("pk", flat=True))
