"""A worker that dies before any change of a recovery neither loses the guest nor doubles the reward."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from guests.models import Feedback, Recovery, RecoveryBatch
from guests.recovery import plans
from guests.recovery import recovery as recovering
from guests.recovery.recovery import GuestIdentifier
from issuance.audience.intake_step import read_one_upload
from issuance.models import Issuance
from issuance.states import IssuanceState
from tests.support.deaths import lives, survives, writes
from tests.support.guests.recoveries import advance, prepare, send

pytestmark = pytest.mark.django_db(transaction=True)

FEWEST_CHANGES = 15


def queued(merchant, reward, *, life, by):
    """Queue one guest in a batch of its own, without asking Thanx for the identifier."""
    now = timezone.now()
    rated = {"user_id": f"u{life}", "stage": "rated", "rating": 1, "given_at": now, "as_of": now}
    feedback = Feedback.objects.create(merchant=merchant, thanx_id=f"f{life}", **rated)
    guest = GuestIdentifier(kind="email", value=f"ana{life}@example.com")
    with transaction.atomic():
        plan = plans.locked_plan(merchant)
        return recovering.queue(feedback=feedback, variant=reward, guest=guest, plan=plan, daily=False, by=by, at=now)


def whole_way(forward):
    """Begin, add the guest, read, confirm, settle."""
    for _ in range(7):
        advance()
        read_one_upload(clock=timezone.now)
        forward(seconds=3)


def test_a_worker_that_dies_before_any_change_neither_loses_nor_doubles_a_guest(sandbox, few, reward, forward):
    for life in lives():
        queued(few.merchant, reward, life=life, by=few.user)
        was_long_enough = survives(lambda: whole_way(forward), spared=life, counts=writes)
        forward(minutes=6)
        whole_way(forward)
        if was_long_enough:
            break
    prepare(forward)
    send(forward)

    once_each = {f"ana{number}@example.com": 1 for number in range(life + 1)}
    assert life > FEWEST_CHANGES
    assert sandbox.times_issued() == once_each
    assert Issuance.objects.filter(state=IssuanceState.CONFIRMED).count() == life + 1 == Issuance.objects.count()
    assert set(Recovery.objects.values_list("standing", flat=True)) == {Recovery.Standing.JOINED}
    assert not Feedback.objects.filter(handled_at=None).exists()


def test_a_part_that_is_done_once_more_changes_nothing(sandbox, few, reward, forward):
    recovery = queued(few.merchant, reward, life=1, by=few.user)
    for _ in range(8):
        advance()
        # As when the worker died before it could say that the part was done.
        RecoveryBatch.objects.filter(done_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
        advance()
        read_one_upload(clock=timezone.now)
        forward(seconds=3)
    prepare(forward)
    send(forward)

    recovery.refresh_from_db()
    assert sandbox.times_issued() == {"ana1@example.com": 1}
    assert (Issuance.objects.count(), recovery.standing) == (1, Recovery.Standing.JOINED)
