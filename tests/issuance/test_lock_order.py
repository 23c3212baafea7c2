"""Whoever locks many batches takes them in the same order, so that two of them never wait for each other for ever."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest
from django.db import connections, transaction

from engine.clock import now
from issuance import inbox, revocation, stopping
from issuance.models import Batch, Delivery
from issuance.sealing import seal
from issuance.states import BatchState
from issuance.webhooks import PURPOSE
from tests.database import needs_postgres, until_somebody_waits
from tests.factories import BatchFactory, IssuanceFactory, create_batch_with_job

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
    return batches, inbox.digest_one_delivery


def resume(issuance):
    batches = batches_of(issuance, BatchFactory, due_at=now())
    stopping.pause(issuance=issuance, by=None, at=now())
    Batch.objects.update(due_at=None)
    return batches, lambda: stopping.resume(issuance=issuance, by=None, at=now())


@pytest.mark.parametrize("act_on", [revoke, digest, resume])
def test_batches_are_locked_in_the_order_they_were_made(issuance, act_on):
    batches, act = act_on(issuance)
    first, second, third = (batch.pk for batch in batches)

    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=second)
        thread = threading.Thread(target=in_a_thread, args=(act,))
        thread.start()
        until_somebody_waits()
        others = free_among(first, third)
    thread.join()

    assert others == [third]


def in_a_thread(act):
    try:
        act()
    finally:
        connections.close_all()


def free_among(*keys):
    """Return which of the batches nobody else has locked."""
    rows = Batch.objects.filter(pk__in=keys).select_for_update(skip_locked=True).order_by("pk")
    return list(rows.values_list("pk", flat=True))
