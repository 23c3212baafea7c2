"""Rules for feedback: a manager decides, the daily batch carries out, and the page says what was done and why not."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role
from campaigns import halts
from campaigns.models import Merchant
from guests.models import Recovery, RecoveryBatch, RecoveryRule
from guests.recovery.plans import next_moment
from guests.recovery.rules import follow_one_recovery_rule
from issuance.models import Issuance
from tests.support.factories import MembershipFactory
from tests.support.guests.recoveries import (
    members_of,
    prepare,
    recover,
    recovery_of,
    reward_at,
    row_of,
    said,
    send,
    take_out,
)

pytestmark = pytest.mark.django_db(transaction=True)
Standing = Recovery.Standing


def post(client, merchant, name, *args, **fields):
    return client.post(reverse(f"guests:{name}", args=[merchant.handle, *args]), fields)


def page(client, merchant):
    return client.get(reverse("guests:recovery-rules", args=[merchant.handle])).content.decode()


def follow():
    for _ in range(5):
        follow_one_recovery_rule(clock=timezone.now)


@pytest.fixture
def manager(client, few):
    Membership.objects.filter(pk=few.pk).update(role=Role.MANAGER)
    return few


@pytest.fixture
def rule(client, manager, reward):
    """A rule that is on: ratings up to 3, each guest at most once in 30 days."""
    post(client, manager.merchant, "new-recovery-rule", top_rating=3, reward=reward.pk, within_days=30)
    rule = RecoveryRule.objects.get()
    post(client, manager.merchant, "switch-recovery-rule", rule.pk, on="yes")
    return rule


def test_a_low_rating_joins_the_daily_batch_by_itself_and_a_higher_one_does_not(
    sandbox, client, manager, rule, forward
):
    low, high = (said(sandbox, client, manager.merchant, rating=rating) for rating in (3, 4))
    follow()
    assert row_of(client, low).recovery.word == "Queued"
    assert "1 queued, 0 passed over" in page(client, manager.merchant)
    assert not Recovery.objects.filter(feedback=high).exists()

    forward(hours=24)
    prepare(forward)
    send(forward)

    assert list(sandbox.times_issued().values()) == [1]
    assert Issuance.objects.get().confirmed_by == manager.user
    assert AuditEntry.objects.get(action="recovery queued").facts["rule"] == rule.pk


def test_each_guest_is_queued_at_most_once_in_so_many_days(sandbox, client, manager, rule, forward):
    RecoveryRule.objects.update(within_days=2)
    said(sandbox, client, manager.merchant)
    again = said(sandbox, client, manager.merchant, rating=1)
    other = said(sandbox, client, manager.merchant, email=members_of(sandbox, manager.merchant)[1]["email"])
    follow()

    forward(days=3)
    later = said(sandbox, client, manager.merchant, rating=1)
    follow()

    assert recovery_of(again).standing == Standing.PASSED_OVER
    assert "had a reward for feedback lately" in row_of(client, again).recovery.sentence
    assert row_of(client, again).may_recover
    assert {recovery_of(other).standing, recovery_of(later).standing} == {Standing.QUEUED}


def test_what_was_said_before_a_rule_was_switched_on_is_left_alone(sandbox, client, manager, bad, rule):
    follow()

    assert not Recovery.objects.exists()


def test_handled_feedback_is_left_alone(sandbox, client, manager, rule, reward):
    handled, given, taken = (said(sandbox, client, manager.merchant) for _ in range(3))
    post(client, manager.merchant, "feedback-handled", handled.pk)
    recover(client, given, reward)
    recover(client, taken, reward, when="daily")
    take_out(client, taken)
    follow()

    assert not Recovery.objects.filter(feedback=handled).exists()
    assert recovery_of(taken).standing == Standing.TAKEN_OUT
    assert not Recovery.objects.exclude(rule=None).exists()


def ends(rule, merchant, manager):
    rule.variant.campaign.end_at = timezone.now() - timedelta(minutes=1)
    rule.variant.campaign.save()


def stops_sending(rule, merchant, manager):
    halts.stop(merchant=merchant, by=None, at=timezone.now(), reason="The till is broken.")


def loses_the_role(rule, merchant, manager):
    Membership.objects.filter(pk=manager.pk).update(role=Role.APPROVER)


def unpublishes(rule, merchant, manager):
    rule.variant.reward_template.unpublished_at = timezone.now()
    rule.variant.reward_template.save()


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (ends, "The campaign is over."),
        (stops_sending, "The till is broken."),
        (loses_the_role, "is no manager here any more"),
        (unpublishes, "The reward was unpublished at Thanx."),
    ],
)
def test_a_rule_that_may_not_queue_stops_and_says_why(sandbox, client, rule, happens, words):
    manager = Membership.objects.get(user=rule.switched_by)
    happens(rule, rule.merchant, manager)
    low = said(sandbox, client, rule.merchant)
    follow()

    assert not Recovery.objects.filter(feedback=low).exists()
    assert words in page(client, rule.merchant)
    assert "A rule queues nothing at present" in page(client, rule.merchant)


def test_a_rule_that_is_off_queues_nothing(sandbox, client, manager, rule):
    post(client, manager.merchant, "switch-recovery-rule", rule.pk, on="no")
    said(sandbox, client, manager.merchant)
    follow()

    assert not Recovery.objects.exists()
    assert "Off" in page(client, manager.merchant)


def test_the_stricter_of_two_rules_takes_what_both_are_about(sandbox, client, manager, rule):
    second = reward_at(sandbox, manager.merchant)
    post(client, manager.merchant, "new-recovery-rule", top_rating=1, reward=second.pk, within_days=30)
    stricter = RecoveryRule.objects.get(top_rating=1)
    post(client, manager.merchant, "switch-recovery-rule", stricter.pk, on="yes")
    low = said(sandbox, client, manager.merchant, rating=1)
    follow()

    assert recovery_of(low).rule == stricter


def test_thanx_out_of_reach_puts_a_rule_off_and_loses_nothing(sandbox, client, manager, rule, forward):
    low = said(sandbox, client, manager.merchant)
    sandbox.fault("server_error", path="/partner/users", times=9)
    follow()
    assert not Recovery.objects.exists()

    sandbox.clear_faults()
    forward(minutes=20)
    follow()

    assert recovery_of(low).standing == Standing.QUEUED


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER, Role.APPROVER])
def test_users_who_are_no_managers_see_the_rules_and_change_nothing(client, manager, rule, reward, role):
    client.force_login(MembershipFactory(role=role, merchant=manager.merchant).user)
    wish = {"top_rating": 10, "reward": reward.pk, "within_days": 1}
    answers = [
        post(client, manager.merchant, "new-recovery-rule", **wish),
        post(client, manager.merchant, "recovery-rule", rule.pk, **wish),
        post(client, manager.merchant, "switch-recovery-rule", rule.pk, on="no"),
        post(client, manager.merchant, "daily-recoveries", daily_at="23:00"),
    ]

    rule.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403] * 4
    assert (rule.is_on, rule.top_rating, RecoveryRule.objects.count()) == (True, 3, 1)
    assert "Switch off" not in page(client, manager.merchant)


def test_another_merchants_rule_does_not_exist_here(client, rule):
    elsewhere = MembershipFactory(role=Role.MANAGER)
    client.force_login(elsewhere.user)

    assert post(client, elsewhere.merchant, "switch-recovery-rule", rule.pk, on="no").status_code == 404


def test_a_change_holds_for_what_is_said_from_then_on(sandbox, client, manager, rule, reward):
    before = said(sandbox, client, manager.merchant, rating=5)
    post(client, manager.merchant, "recovery-rule", rule.pk, top_rating=6, reward=reward.pk, within_days=7)
    after = said(sandbox, client, manager.merchant, rating=6)
    follow()

    assert not Recovery.objects.filter(feedback=before).exists()
    assert recovery_of(after).standing == Standing.QUEUED
    assert AuditEntry.objects.get(action="recovery rule changed").facts["before"]["top_rating"] == 3


def test_bad_terms_are_explained_and_nothing_is_lost(client, manager, reward):
    answer = post(client, manager.merchant, "new-recovery-rule", top_rating=11, reward="", within_days=45)

    shown = answer.content.decode()
    assert "The highest rating is 10." in shown
    assert "Please choose a reward." in shown
    assert 'value="45"' in shown
    assert not RecoveryRule.objects.exists()


def test_the_daily_batch_goes_at_the_time_of_the_merchants_zone(sandbox, client, manager, bad, reward):
    Merchant.objects.filter(pk=manager.merchant.pk).update(time_zone="America/Chicago")
    post(client, manager.merchant, "daily-recoveries", daily_at="16:30")
    recover(client, bad, reward, when="daily")

    goes_at = RecoveryBatch.objects.get().goes_at.astimezone(ZoneInfo("America/Chicago"))
    assert (goes_at.hour, goes_at.minute) == (16, 30)
    assert "16:30 in America/Chicago" in page(client, manager.merchant)
    assert AuditEntry.objects.get(action="daily batch time changed").facts["after"] == {"daily_at": "16:30"}


@pytest.mark.parametrize(
    ("now", "next_one"), [("2026-11-25T15:59", "2026-11-25T16:00"), ("2026-11-25T16:00", "2026-11-26T16:00")]
)
def test_a_guest_queued_too_late_today_joins_tomorrow(now, next_one):
    chicago = Merchant(time_zone="America/Chicago")  # 10:00 there is 16:00 UTC in winter
    at = datetime.fromisoformat(f"{now}+00:00")

    found = next_moment(time(10, 0), merchant=chicago, at=at)

    assert found == datetime.fromisoformat(f"{next_one}+00:00")
