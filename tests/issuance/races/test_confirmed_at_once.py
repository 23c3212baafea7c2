"""Issuances with the same guest, confirmed in the same moment: one reaches the guest, the other is refused."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from issuance.followup import retries
from issuance.models import Batch, Failure, Issuance
from issuance.sending import confirmation, refusals
from issuance.states import IssuanceState
from tests.support.desk import Desk, people
from tests.support.factories import create_live_campaign

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(client):
    return Desk(client)


def confirmed_at_once(*issuances: Issuance) -> tuple[list[Issuance], list[Exception]]:
    """Confirm all at the same moment. Return those that go out, and what was raised for the others."""
    told, start = [], threading.Barrier(len(issuances))

    def confirm(key):
        start.wait()
        try:
            confirmation.confirm(
                issuance=Issuance.objects.get(pk=key), by=None, at=timezone.now(), acknowledged_same_file=True
            )
        except refusals.CannotConfirm as refusal:
            told.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=[issuance.pk]) for issuance in issuances]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [issuance.pk for issuance in issuances]
    return list(Issuance.objects.filter(pk__in=keys, state=IssuanceState.CONFIRMED)), told


def assert_one_prevailed(*issuances: Issuance) -> None:
    out, told = confirmed_at_once(*issuances)
    assert len(out) == 1
    assert [type(refusal) for refusal in told] == [refusals.ExcludedMeanwhile]


def test_two_issuances_of_a_campaign(desk):
    assert_one_prevailed(desk.ready(people(1)), desk.ready(people(1)))


def test_a_retry_and_a_new_issuance(desk):
    first = desk.confirmed(people(1))
    batch = Batch.objects.get(issuance=first)
    Failure.objects.create(batch=batch, position=0, reason_code="user_not_found", seen_at=timezone.now())
    retry = retries.retry_failures(issuance=first, by=None, at=timezone.now())
    assert retries.prepare_one_retry()

    assert_one_prevailed(retry, desk.ready(people(1)))


def test_issuances_of_two_campaigns_that_leave_out_the_guests_of_the_other(desk):
    now = timezone.now()
    ahead = {"end_at": now + timezone.timedelta(days=7), "redeemable_to": now + timezone.timedelta(days=21)}
    first = desk.ready(people(1))
    desk.campaign = create_live_campaign(merchant=desk.merchant, shares=(100,), control=0, **ahead)

    second = desk.ready(people(1))
    Issuance.objects.update(rewarded_within_days=30)

    assert_one_prevailed(first, second)
