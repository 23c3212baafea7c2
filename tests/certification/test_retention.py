"""Old exchanges are summed up and deleted; the sums stay."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certification import retention
from certification.models import DayOfCalls, LedgerKeeping
from issuance.models import Delivery
from issuance.models.observed import DeliveryState
from partner_api.models import Exchange
from tests.support.certification.exchanges import ISSUE, TEMPLATES, exchanged, issued

pytestmark = pytest.mark.django_db
OLD = 100 * 24 * 3600


def forget(*, at=None):
    return retention.forget_old_exchanges(clock=lambda: at or timezone.now())


def test_what_is_old_is_deleted_and_what_is_young_is_kept():
    exchanged(seconds_ago=OLD)
    young = exchanged()

    assert forget() is True
    assert list(Exchange.objects.all()) == [young]


def test_the_sums_of_each_day_stay():
    noon = timezone.now().replace(hour=12) - timedelta(days=100)
    for fields in ({}, {"error_class": "Unavailable", "status": 500}, {"header_names": []}, {"error_class": "NotSent"}):
        exchanged(at=noon, **fields)
    exchanged(at=noon - timedelta(days=1))
    exchanged(ISSUE, at=noon, method="POST", idempotency_key=None)
    issued(at=noon)

    forget()

    found = DayOfCalls.objects.order_by("day", "path_template").values_list(
        *("day", "path_template", "calls", "failed", "incomplete", "without_key")
    )
    day = noon.date()
    assert list(found) == [
        (day - timedelta(days=1), TEMPLATES, 1, 0, 0, 0),
        (day, ISSUE, 2, 0, 0, 1),
        (day, TEMPLATES, 3, 1, 1, 0),
    ]


def test_it_goes_on_at_once_while_there_is_more_and_comes_back_in_an_hour(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(3):
        exchanged(seconds_ago=OLD)
    now = timezone.now()

    assert [forget(at=now), forget(at=now), forget(at=now)] == [True, True, False]
    assert LedgerKeeping.objects.get().due_at == now + timedelta(hours=1)
    assert DayOfCalls.objects.get().calls == 3


def test_nothing_is_deleted_while_a_call_may_be_repeated_under_its_key(settings):
    settings.LEDGER_KEPT = timedelta(0)
    settings.RESUBMIT_WINDOW = timedelta(days=200)
    exchanged(seconds_ago=OLD)

    forget()

    assert Exchange.objects.count() == 1


def came(state, *, days_ago):
    at = timezone.now() - timedelta(days=days_ago)
    digest = f"{state} {days_ago}"
    return Delivery.objects.create(state=state, received_at=at, digest=digest, sealed_body=b"sealed")


def test_webhooks_go_with_the_exchanges_unless_they_still_wait():
    waiting = [came(state, days_ago=100) for state in (DeliveryState.NEW, DeliveryState.PARKED)]
    young = came(DeliveryState.DIGESTED, days_ago=80)
    for state in (DeliveryState.DIGESTED, DeliveryState.DUPLICATE, DeliveryState.FORGED, DeliveryState.UNKNOWN_JOB):
        came(state, days_ago=100)

    forget()

    assert set(Delivery.objects.all()) == {*waiting, young}


def test_many_webhooks_go_in_pieces(monkeypatch):
    monkeypatch.setattr(retention, "PIECE", 2)
    for days in (100, 101, 102):
        came(DeliveryState.FORGED, days_ago=days)
    now = timezone.now()

    assert [forget(at=now), forget(at=now), forget(at=now)] == [True, True, False]
    assert not Delivery.objects.exists()
