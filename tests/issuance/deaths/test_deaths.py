"""A worker that dies at any statement of sending, polling, revoking, digesting, reading or confirming does no harm."""

import hashlib
import json

import pytest
from django.utils import timezone

from issuance.audience import intake_step
from issuance.followup.revocation import revoke_batches
from issuance.jobs.webhook_inbox import PURPOSE
from issuance.ledger import buckets_of
from issuance.models import Batch, Delivery, Issuance, IssuedReward, Recipient
from issuance.sending import confirmation
from issuance.states import AT_WORK, BatchState, IssuanceState
from tests.support.audiences import upload
from tests.support.deaths import lives, survives, writes
from tests.support.factories import NOON, create_frozen_batch, create_live_campaign
from tests.support.steps import digest_one_delivery, poll_one_batch, revoke_one_batch, submit_one_batch
from vault.sealing import seal

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = (digest_one_delivery, submit_one_batch, revoke_one_batch, poll_one_batch)
FEWEST_STATEMENTS = 4


@pytest.fixture
def queue(campaign):
    """Return a function that queues one more batch of two guests, the second unknown to the merchant."""

    def one_more(life):
        guests = (f"ana{life}@example.com", f"notfound.bo{life}@example.com")
        variant = campaign.variants.get(position=0)
        return create_frozen_batch(*guests, issuance__campaign=campaign, variant=variant)

    return one_more


def others_take_over(clock):
    """Let the lease of the dead run out, and workers do what there is to do."""
    for _ in range(12):
        clock.forward(minutes=6)
        while any(step() for step in STEPS):
            continue
        if not Batch.objects.filter(state__in=AT_WORK).exists():
            return


def buckets(batch):
    batch.refresh_from_db()
    found = buckets_of(batch)
    return batch.state, found.issued, found.revoked, found.failed


def jobs_of(batch, sandbox):
    return [job for job in sandbox.books()["jobs"] if job["idempotency_key"] == str(batch.idempotency_key)]


def revocations_in_vain(sandbox):
    return [
        one for one in sandbox.requests("/partner/issuance_jobs/") if one["method"] == "POST" and one["status"] > 299
    ]


def told_by_webhook(batch):
    """Store what Thanx says of the guest who got the reward, and of the end."""
    one = {"issuance_job_id": batch.job_id, "reward_id": f"reward-{batch.pk}", "identifier": {"index": 0}}
    whole = {"issuance_job_id": batch.job_id, "state": "completed", "issued_count": 1, "failed_count": 1}
    for event, data in (("reward.issued", one), ("reward_batch.completed", whole)):
        body, at = json.dumps({"event": event, "data": data}).encode(), timezone.now()
        digest = hashlib.sha256(body).hexdigest()
        Delivery.objects.create(received_at=at, due_at=at, digest=digest, sealed_body=seal(body, purpose=PURPOSE))


def test_submitting_is_done_once_wherever_the_worker_died(queue, sandbox, clock):
    for life in lives():
        batch = queue(life)

        survived = survives(submit_one_batch, spared=life)
        others_take_over(clock)

        assert buckets(batch) == (BatchState.COMPLETED, 1, 0, 1)
        assert len(jobs_of(batch, sandbox)) == 1
        if survived:
            break

    assert life >= FEWEST_STATEMENTS
    assert set(sandbox.times_issued().values()) == {1}


def test_polling_is_done_again_wherever_the_worker_died(queue, clock):
    for life in lives():
        batch = queue(life)
        submit_one_batch()
        clock.forward(minutes=1)

        survived = survives(poll_one_batch, spared=life)
        others_take_over(clock)

        assert buckets(batch) == (BatchState.COMPLETED, 1, 0, 1)
        assert batch.failures.count() == 1
        if survived:
            break

    assert life >= FEWEST_STATEMENTS


def test_revoking_is_done_once_wherever_the_worker_died(queue, sandbox, clock):
    for life in lives():
        batch = queue(life)
        submit_one_batch()
        clock.forward(minutes=1)
        poll_one_batch()
        revoke_batches(issuance=batch.issuance, by=None, at=clock.now(), reason="Wrong people")

        survived = survives(revoke_one_batch, spared=life)
        others_take_over(clock)

        assert buckets(batch) == (BatchState.REVOKED, 0, 1, 1)
        if survived:
            break

    assert life >= FEWEST_STATEMENTS
    assert set(sandbox.times_issued().values()) == {0}
    assert revocations_in_vain(sandbox) == []


def test_deliveries_are_digested_once_wherever_the_worker_died(queue, sandbox, clock):
    for life in lives():
        batch = queue(life)
        submit_one_batch()
        batch.refresh_from_db()
        told_by_webhook(batch)

        survived = survives(digest_one_delivery, spared=life)
        others_take_over(clock)

        assert buckets(batch) == (BatchState.COMPLETED, 1, 0, 1)
        assert IssuedReward.objects.filter(batch=batch).count() == 1
        if survived:
            break

    assert life >= FEWEST_STATEMENTS
    assert set(Delivery.objects.values_list("state", flat=True)) == {"digested"}


def test_a_file_is_read_once_wherever_the_worker_died(db, clock):
    campaign = create_live_campaign()

    def read():
        return intake_step.read_one_upload(clock=timezone.now)

    for life in lives():
        issuance = upload(campaign, f"email\nana{life}@example.com\nbo{life}@example.com\nno address\n")

        survived = survives(read, spared=life, counts=writes)
        clock.forward(minutes=6)
        read()

        issuance.refresh_from_db()
        assert (issuance.state, issuance.lines, issuance.left_out_total) == (IssuanceState.READY, 3, 1)
        assert Recipient.objects.filter(batch__issuance=issuance).count() == 2
        if survived:
            break

    assert life >= FEWEST_STATEMENTS


def test_a_confirmation_has_been_or_has_not_been_wherever_the_web_server_died(db):
    campaign = create_live_campaign()
    for life in lives():
        upload(campaign, f"email\nana{life}@example.com\nbo{life}@example.com\n")
        assert intake_step.read_one_upload(clock=timezone.now)
        issuance = Issuance.objects.latest("pk")

        def confirm(issuance=issuance):
            confirmation.confirm(issuance=issuance, by=None, at=NOON)

        survived = survives(confirm, spared=life, counts=writes)

        issuance = Issuance.objects.get(pk=issuance.pk)
        keys = issuance.batches.exclude(idempotency_key=None).count()
        assert (issuance.state, keys > 0) in {(IssuanceState.READY, False), (IssuanceState.CONFIRMED, True)}
        if survived:
            break
        if issuance.state == IssuanceState.READY:
            confirm(issuance)
            issuance.refresh_from_db()
        assert issuance.state == IssuanceState.CONFIRMED
        assert issuance.batches.filter(state=BatchState.DRAFT).count() == 0

    assert life >= FEWEST_STATEMENTS
