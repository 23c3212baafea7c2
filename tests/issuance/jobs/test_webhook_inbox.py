"""Deliveries lead to the same batch, in any order and any number of times."""

import hashlib
import itertools
import json
from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from issuance.jobs import webhook_inbox
from issuance.jobs.webhook_inbox import AT_ONCE, PURPOSE
from issuance.models import Batch, Delivery, Failure, IssuedReward
from issuance.models.observed import DeliveryState
from issuance.states import BatchState
from tests.issuance.conftest import VALUES
from tests.support.factories import NOON, create_batch_with_job, create_frozen_batch
from tests.support.steps import digest_one_delivery, poll_one_batch, submit_one_batch
from vault.sealing import seal

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=1)


def came(event, *, at=NOON, **fields):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Delivery.objects.create(
        received_at=at,
        due_at=at,
        digest=hashlib.sha256(body).hexdigest(),
        sealed_body=seal(body, purpose=PURPOSE),
        **fields,
    )


def reward(index, *, job="job"):
    data = {"issuance_job_id": job, "reward_id": f"reward-{index}", "identifier": {"type": "email", "index": index}}
    return {"event": "reward.issued", "timestamp": "2026-05-12T12:00:00Z", "data": data}


def completed(*, job="job", name="reward_batch.completed", **changed):
    failures = [{"user_identifier": VALUES[1], "reason": "User not found"}]
    counts = {"total_count": 3, "issued_count": 2, "failed_count": 1, "failures": failures}
    return {"event": name, "data": {"issuance_job_id": job, "state": "completed", **counts, **changed}}


def digest(at=LATER):
    return digest_one_delivery(clock=lambda: at)


@pytest.fixture
def watched(db) -> Batch:
    batch = create_frozen_batch(*VALUES)
    known = {"job_id": "job", "job_state": "pending", "submitted_at": NOON, "changed_at": NOON}
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.WATCHING, due_at=NOON + timedelta(hours=1), **known)
    return Batch.objects.get()


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_each_issued_reward_is_noted_and_counted(watched):
    came(reward(0))
    came(reward(2))

    assert digest() is True

    watched.refresh_from_db()
    assert (watched.state, watched.issued_count, watched.seen_by) == (BatchState.WATCHING, 2, "webhook")
    assert set(IssuedReward.objects.values_list("position", "reward_id")) == {(0, "reward-0"), (2, "reward-2")}
    assert set(Delivery.objects.values_list("state", "batch", "due_at")) == {("digested", watched.pk, None)}


@pytest.mark.parametrize("name", ["reward_batch.completed", "reward.batch_completed"])
def test_the_end_of_a_job_is_told_under_either_name(watched, name):
    came(completed(name=name))

    digest()

    watched.refresh_from_db()
    assert (watched.state, watched.issued_count, watched.failed_count) == (BatchState.COMPLETED, 2, 1)


def test_a_failure_that_names_an_identifier_is_found_by_its_fingerprint(watched):
    came(completed())

    digest()

    failure = Failure.objects.get()
    assert (failure.position, failure.reason_code, failure.reason) == (1, "user_not_found", "User not found")


def test_the_end_of_a_job_calls_for_one_confirming_poll(batch, sandbox, clock):
    submit_one_batch()
    batch.refresh_from_db()
    clock.forward(minutes=1)
    came(completed(job=batch.job_id), at=clock.now())

    digest(at=clock.now())

    assert poll_one_batch() is True
    batch.refresh_from_db()
    assert (batch.state, batch.failures_listed, batch.due_at) == (BatchState.COMPLETED, True, None)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_ends_in_the_same_batch(watched, order):
    told = [reward(0), reward(2), completed(), completed(state="completed", failures=None)]
    for place in order:
        came(told[place])
        digest()

    watched.refresh_from_db()
    assert (watched.state, watched.issued_count, watched.failed_count) == (BatchState.COMPLETED, 2, 1)


def test_a_forged_copy_does_not_make_the_true_one_a_duplicate(watched):
    forged = came(reward(0), state=DeliveryState.FORGED)
    Delivery.objects.filter(pk=forged.pk).update(due_at=None)
    came(reward(0))

    digest()

    assert states() == ["forged", "digested"]


def test_a_delivery_that_precedes_its_job_waits_for_it(db):
    early = came(reward(0))

    digest()

    early.refresh_from_db()
    assert (early.state, early.job_id, early.due_at > LATER) == (DeliveryState.PARKED, "job", True)


def test_an_accepted_job_makes_what_waited_for_it_due(batch, sandbox, clock):
    submit_one_batch()
    batch.refresh_from_db()
    job_id = batch.job_id
    Batch.objects.update(state=BatchState.QUEUED, job_id=None, due_at=clock.now())
    early = came(reward(0, job=job_id), at=clock.now())
    digest(at=clock.now())
    Delivery.objects.update(due_at=clock.now() + timedelta(days=1))

    submit_one_batch()
    digest(at=clock.now())

    early.refresh_from_db()
    batch.refresh_from_db()
    assert (early.state, early.batch) == (DeliveryState.DIGESTED, batch)
    assert batch.issued_count == 1


def test_an_unknown_job_is_waited_for_ever_more_patiently_for_a_day(db):
    delivery, looks = came(reward(0, job="another installation's")), 0
    while delivery.due_at is not None:
        digest(at=delivery.due_at)
        delivery.refresh_from_db()
        looks += 1

    assert delivery.state == DeliveryState.UNKNOWN_JOB
    assert looks < 20


@pytest.mark.parametrize("body", [b"no json", b"[]", b"{}", b'{"event": "reward.issued"}', b"\xff\xfe"])
def test_what_cannot_be_read_is_kept_and_said_so(db, body):
    came(body)

    digest()

    assert states() == ["unreadable"]


def test_a_body_whose_key_is_gone_does_not_stop_the_others(watched, settings):
    came(reward(0))
    Delivery.objects.update(sealed_body=b"\x01" * 60)
    came(reward(2))

    digest()

    assert states() == ["unreadable", "digested"]


def test_an_event_of_another_kind_is_digested_without_effect(watched):
    came({"event": "user.updated", "data": {}})

    digest()

    assert set(Delivery.objects.values_list("state", "event", "batch")) == {("digested", "user.updated", None)}


def test_a_reward_of_a_position_that_was_never_sent_is_not_counted(watched):
    came(reward(3))

    digest()

    watched.refresh_from_db()
    assert (watched.issued_count, IssuedReward.objects.count()) == (None, 0)


def test_a_burst_is_digested_in_handfuls_with_few_statements(db, django_assert_max_num_queries):
    create_batch_with_job(job_id="job", size=10_000)
    for index in range(AT_ONCE + 1):
        came(reward(index))

    with django_assert_max_num_queries(20):
        digest()

    assert Batch.objects.get().issued_count == AT_ONCE
    assert digest() is True
    assert digest() is False


def test_a_replay_tells_nothing_twice(watched):
    delivery = came(reward(0))
    digest()

    webhook_inbox.replay(delivery=delivery, by=None, at=LATER)
    digest()

    watched.refresh_from_db()
    assert (states(), watched.issued_count, IssuedReward.objects.count()) == (["digested"], 1, 1)
    assert AuditEntry.objects.count() == 1


def test_a_forged_delivery_is_never_replayed(watched):
    delivery = came(reward(0), state=DeliveryState.FORGED)

    with pytest.raises(webhook_inbox.NotReplayable):
        webhook_inbox.replay(delivery=delivery, by=None, at=LATER)

    assert not AuditEntry.objects.exists()
