"""One merchant's calls leave every other merchant its share of the 15 minutes, and a merchant alone loses nothing."""

from datetime import timedelta

import pytest

from partner_api.models import Grant
from partner_api.pacing.fair_shares import ABOVE_AT_MOST, BELOW, share_of
from partner_api.pacing.governor import TooFarAway
from partner_api.priority import Priority
from tests.support.fake_clocks import FakeClocks

MINUTE = timedelta(minutes=1)
MANY = {"a": {Priority.SUBMISSION: 1500}}
CLICKS = {"a": {Priority.USER_ACTION: 1500}}


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize(
    "used",
    [{}, MANY, {"": {Priority.CATALOG: 900}, **MANY}, {"a": {Priority.POLLING: 900}, "b": {Priority.POLLING: 900}}],
)
def test_alone_or_among_equals_only_the_priority_counts(priority, used):
    assert share_of(priority, merchant="a", used=used, limit=2000) == priority.share


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize("used", [MANY, CLICKS, {**CLICKS, "b": {Priority.SUBMISSION: 90}}])
def test_every_call_of_a_merchant_below_its_share_goes_before_those_of_one_above(priority, used):
    below = share_of(priority, merchant="b", used=used, limit=2000)
    above = share_of(Priority.SUBMISSION, merchant="a", used=used, limit=2000)

    assert int(2000 * below) > int(2000 * above)


def test_the_shares_of_one_below_are_all_higher_and_in_the_order_of_the_priorities():
    shares = [BELOW[priority] for priority in sorted(Priority)]

    assert shares == sorted(shares)
    assert shares[0] > ABOVE_AT_MOST


def test_a_click_does_not_pay_for_what_was_issued_but_clicks_pay_for_clicks():
    shares = [
        share_of(Priority.USER_ACTION, merchant="a", used={**used, "b": {10: 1}}, limit=2000) for used in (MANY, CLICKS)
    ]

    assert shares == [1.0, ABOVE_AT_MOST]


def admitted(pacer, merchant, *, times, priority=Priority.SUBMISSION):
    """Reserve and wait for up to so many calls, none more than a minute ahead. Return how many there were."""
    for done in range(times):
        try:
            pacer.admit(priority=priority, merchant=merchant, max_wait=MINUTE).wait()
        except TooFarAway:
            return done
    return times


@pytest.mark.django_db
def test_polling_of_one_merchant_is_admitted_while_another_issues_without_end():
    """Without shares, polling waits at 85 % for as long as issuing keeps the 15 minutes at 95 %."""
    clocks = FakeClocks()
    pacer = clocks.governor(per_quarter_hour=200)
    assert admitted(pacer, "a", times=500) == 190

    assert admitted(pacer, "b", times=1, priority=Priority.POLLING) == 1
    assert admitted(pacer, "a", times=1) == 0


@pytest.mark.django_db
def test_who_comes_late_gets_an_equal_share_of_the_next_15_minutes_and_the_first_goes_on():
    clocks = FakeClocks()
    pacer = clocks.governor(per_quarter_hour=200)
    admitted(pacer, "a", times=500)
    until = clocks.elapsed + timedelta(minutes=16)
    while clocks.elapsed < until:
        went = [admitted(pacer, merchant, times=1) for merchant in ("a", "b")]
        clocks.sleep(0 if any(went) else 15)

    used = {merchant: Grant.objects.filter(merchant=merchant).count() for merchant in ("a", "b")}

    assert sum(used.values()) >= 180
    assert min(used.values()) >= 90


@pytest.mark.django_db
def test_a_reservation_that_moves_keeps_its_merchant():
    clocks = FakeClocks()
    pacer = clocks.governor()
    waiting = pacer.admit(priority=Priority.POLLING, merchant="a", max_wait=MINUTE)
    clocks.sleep(1)

    waiting.wait()

    assert [grant.merchant for grant in Grant.objects.all()] == ["a"]
