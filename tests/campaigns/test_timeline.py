"""A campaign's window on a line with today, and the calendar of campaigns that overlap."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.pages.timeline import calendar_page, overlap, window_line
from campaigns.states import CampaignState
from tests.support.desk import Desk
from tests.support.factories import NOON, CampaignFactory, MerchantFactory

DAY = timedelta(days=1)


def campaign(start, end, usable=None, until=None, **fields):
    days = {"start_at": start, "end_at": end, "redeemable_from": usable or start, "redeemable_to": until or end}
    dates = {name: NOON + day * DAY for name, day in days.items()}
    return Campaign(merchant=MerchantFactory.build(time_zone="UTC"), **dates, **fields)


@pytest.mark.parametrize(
    ("day", "today", "sentence"),
    [
        (-2, None, "Starts in 2 days, ends in 12 days."),
        (5, 250, "Started 5 days ago, ends in 5 days."),
        (15, 750, "Started 15 days ago, ended 5 days ago."),
        (21, None, "Started 21 days ago, ended 11 days ago."),
    ],
)
def test_today_stands_on_the_line_of_the_window_and_in_the_sentence(day, today, sentence):
    line = window_line(campaign(0, 10, until=20), at=NOON + day * DAY)

    assert [(span.x, span.width) for span in line.spans] == [(0, 500), (0, 1000)]
    assert (line.today, line.sentence) == (today, sentence)


def test_a_window_that_is_no_window_has_no_line():
    assert window_line(campaign(3, 3), at=NOON) is None
    assert window_line(Campaign(start_at=NOON), at=NOON) is None


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [((0, 10), (5, 15), True), ((0, 10), (10, 15), False), ((0, 10), (2, 3), True), ((0, 1), (4, 5), False)],
)
def test_campaigns_overlap_if_they_run_at_the_same_time(one, other, both):
    first, second = campaign(*one, pk=1), campaign(*other, pk=2)

    assert (overlap(first, second), overlap(second, first), overlap(first, first)) == (both, both, False)


@pytest.mark.django_db
def test_the_calendar_shows_what_runs_around_today_and_beside_what(client, django_assert_num_queries):
    desk, at = Desk(client), timezone.now()

    def running(name, start, end, **fields):
        dates = {"start_at": at + start * DAY, "end_at": at + end * DAY}
        return CampaignFactory(name=name, **{"merchant": desk.merchant, **dates, **fields})

    Campaign.objects.update(name="Desk", start_at=at + 40 * DAY, end_at=at + 50 * DAY)
    running("Autumn", -10, 20)
    running("Birthday", 10, 30)
    running("Long over", -90, -60)
    running("Refused", -1, 1, state=CampaignState.REFUSED, thanx_id=None)
    running("Of others", 0, 5, merchant=MerchantFactory())

    with django_assert_num_queries(2):
        page = calendar_page(desk.merchant, at=at)
    shown = client.get(reverse("campaigns:calendar", args=[desk.merchant.handle])).text

    assert [(row.name, row.overlaps) for row in page.rows] == [
        *(("Autumn", "Birthday"), ("Birthday", "Autumn"), ("Desk", ""))
    ]
    assert page.lede == "3 campaigns in these four months; 2 of them overlap."
    assert page.today == 250
    assert "At the same time" in shown
