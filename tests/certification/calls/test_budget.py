"""The budget page: both windows, the planned calls and the history."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Merchant
from certification.calls import usage
from issuance.states import BatchState
from partner_api import connect
from partner_api.models import Exchange, Grant, Limiter
from tests.support.certification.exchanges import exchanged
from tests.support.factories import BatchFactory, MembershipFactory, MerchantFactory, create_batch_with_job
from tests.support.steps import submit_one_batch

pytestmark = pytest.mark.django_db
BUDGET = "/staff/budget/"


def planned(client):
    return {kind.label: (kind.held, *kind.counts) for kind in client.get(BUDGET).context["page"].planned}


def test_it_is_for_operators_only(client):
    client.force_login(MembershipFactory().user)

    assert [client.get(address).status_code for address in (BUDGET, f"{BUDGET}gauge/")] == [404, 404]


def test_without_a_credential_it_says_so(operator):
    assert "No credential" in operator.get(BUDGET).text


@pytest.mark.usefixtures("thanx")
def test_looking_at_it_makes_no_call_and_the_gauge_refreshes_itself(operator):
    page = operator.get(BUDGET).text

    assert f'hx-get="{BUDGET}gauge/"' in page
    assert f'hx-get="{BUDGET}gauge/"' in operator.get(f"{BUDGET}gauge/").text
    assert not Exchange.objects.exists()


def test_both_windows_are_those_of_the_governor(operator, batch, sandbox, clock):
    submit_one_batch()

    gauge = operator.get(f"{BUDGET}gauge/").context["gauge"]

    assert [(window.used, window.limit) for window in gauge.windows][1] == (1, connect.budget().limit_per_quarter_hour)


def test_it_says_between_how_many_merchants_the_budget_is_shared(operator, batch, sandbox, clock):
    submit_one_batch()
    alone = operator.get(BUDGET).text
    Grant.objects.create(limiter=Limiter.objects.get(), at=clock.now(), priority=10, merchant="another")
    equal = connect.budget().limit_per_quarter_hour // 2

    assert "share the 15 minutes" not in alone
    assert (
        f"2 merchants share the 15 minutes. While one of them has used more than {equal:,},"
        in operator.get(BUDGET).text
    )


def test_when_it_becomes_tight_the_least_important_calls_wait(operator, batch, sandbox, clock, settings):
    settings.THANX_RATE_PER_15_MINUTES = 1
    submit_one_batch()

    shares = operator.get(f"{BUDGET}gauge/").context["gauge"].shares

    assert shares[0].label == "User action"
    assert all(share.is_waiting for share in shares)


def test_a_pause_that_thanx_asked_for_is_told(operator, batch, sandbox, clock):
    sandbox.fault(kind="rate_limited", retry_after=120)
    submit_one_batch()

    assert "Thanx asked to slow down" in operator.get(BUDGET).text


def test_the_timetable_tells_what_is_due_when_and_what_is_under_way(operator):
    now = timezone.now()
    BatchFactory(due_at=now - timedelta(minutes=1))
    BatchFactory(due_at=None)
    for seconds in (30, 45, 200, 3600):
        create_batch_with_job(due_at=now + timedelta(seconds=seconds))
    held = create_batch_with_job(due_at=now + timedelta(seconds=30), state=BatchState.WATCHING)
    type(held).objects.filter(pk=held.pk).update(lease_token=held.idempotency_key)
    Merchant.objects.update(due_at=None)
    MerchantFactory(due_at=now + timedelta(minutes=10))

    assert planned(operator) == {
        "Revocations": (0, 0, 0, 0, 0),
        "Jobs to be sent": (0, 1, 0, 0, 0),
        "Campaigns to be created": (0, 0, 0, 0, 0),
        "Jobs to be watched": (1, 0, 2, 1, 0),
        "Catalogs to be read": (0, 0, 0, 0, 1),
        "The credential to be read": (0, 0, 0, 0, 0),
    }


def test_the_history_counts_every_call_that_left_in_its_minute():
    at = timezone.now().replace(second=30, microsecond=0)
    for seconds, fields in ((0, {}), (5, {}), (10, {"status": 500, "error_class": "Unavailable"}), (90, {})):
        exchanged(at=at - timedelta(seconds=seconds), **fields)
    exchanged(at=at, status=None, error_class="NotSent")

    points = usage.chart(hours=1, at=at).points

    assert len(points) == 60
    assert [tuple(point.counts) for point in points[-3:]] == [(0, 0), (1, 0), (2, 1)]
    assert points[-1].at == at.replace(second=0)


def test_the_history_of_a_day_loses_no_call():
    at = timezone.now()
    for hours in (0.1, 1.5, 23.5):
        exchanged(at=at - timedelta(hours=hours))

    points = usage.chart(hours=24, at=at).points

    assert (len(points), sum(point.counts[0] for point in points)) == (96, 3)


@pytest.mark.parametrize(("asked", "hours"), [("1", 1), ("24", 24), ("7", 3), ("x", 3), ("", 3)])
def test_how_much_history_can_be_chosen(operator, asked, hours):
    choices = operator.get(f"{BUDGET}?hours={asked}").context["page"].choices

    assert [choice.hours for choice in choices if choice.current] == [hours]


@pytest.mark.usefixtures("thanx")
def test_a_page_costs_as_many_queries_however_much_there_is(operator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            operator.get(BUDGET)
        return len(captured)

    few = queries()
    for number in range(20):
        exchanged(seconds_ago=number * 60, of=str(number))
        create_batch_with_job(due_at=timezone.now())

    assert queries() == few
