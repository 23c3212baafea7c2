"""One reward for a feedback, through the same checks as every other, and linked to its issuance both ways."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role, User
from campaigns.models import Merchant
from campaigns.states import CampaignState
from guests.models import Recovery, RecoveryBatch
from guests.recovery import recovery
from issuance.audience.screening import Exclusion
from issuance.drafts import exclusion_lists
from issuance.models import Issuance, Origin
from issuance.sending import confirmation
from issuance.states import IssuanceState
from partner_api.models import Exchange
from tests.support.factories import MembershipFactory, UserFactory
from tests.support.guests.recoveries import members_of, prepare, recover, recovery_of, reward_at, row_of, said, send

pytestmark = pytest.mark.django_db(transaction=True)
Standing = Recovery.Standing


def feedback_text(client, merchant):
    return client.get(reverse("guests:feedback", args=[merchant.handle])).content.decode()


def test_a_guest_gets_the_reward_at_once_and_the_feedback_and_the_issuance_know_of_each_other(
    sandbox, client, bad, reward, forward
):
    recover(client, bad, reward)
    prepare(forward)
    send(forward)

    issuance = Issuance.objects.get()
    page = client.get(reverse("issuance:detail", args=[bad.merchant.handle, issuance.pk])).content.decode()
    row = row_of(client, bad, f"?issuance={issuance.pk}")
    bad.refresh_from_db()
    assert list(sandbox.times_issued().values()) == [1]
    assert (issuance.origin, issuance.confirmed_by) == (Origin.FEEDBACK, bad.handled_by)
    assert (row.recovery.word, row.recovery.issuance, row.may_recover) == ("Got it", issuance.pk, False)
    assert f"/feedback/?issuance={issuance.pk}" in page
    assert bytes(recovery_of(bad).sealed_identifier) == b""


def test_a_second_click_and_a_second_user_queue_nothing_more(client, few, bad, reward, forward):
    recover(client, bad, reward)
    recover(client, bad, reward)
    client.force_login(MembershipFactory(merchant=few.merchant).user)
    recover(client, bad, reward, when="daily")
    prepare(forward)

    assert (Recovery.objects.count(), RecoveryBatch.objects.count(), Issuance.objects.count()) == (1, 1, 1)
    assert AuditEntry.objects.filter(action="recovery queued").count() == 1


def test_guests_of_a_day_join_one_issuance_at_the_merchants_time(sandbox, client, few, reward, forward):
    first, second = (user["email"] for user in members_of(sandbox, few.merchant)[:2])
    feedbacks = [said(sandbox, client, few.merchant, email=email) for email in (first, second)]
    for feedback in feedbacks:
        recover(client, feedback, reward, when="daily")
    prepare(forward)
    assert not Issuance.objects.exists()
    assert "Goes out" in feedback_text(client, few.merchant)

    forward(hours=24)
    prepare(forward)
    send(forward)

    assert Issuance.objects.count() == 1
    assert sandbox.times_issued() == {first: 1, second: 1}
    assert {row_of(client, feedback).recovery.word for feedback in feedbacks} == {"Got it"}


def test_two_feedbacks_of_one_guest_are_made_right_by_one_reward(sandbox, client, bad, reward, forward):
    again = said(sandbox, client, bad.merchant, rating=1)
    for feedback in (bad, again):
        recover(client, feedback, reward, when="daily")
    forward(hours=24)
    prepare(forward)
    send(forward)

    assert list(sandbox.times_issued().values()) == [1]
    assert {recovery_of(feedback).standing for feedback in (bad, again)} == {Standing.JOINED}


def test_a_guest_who_has_the_reward_gets_no_second_one_and_the_feedback_says_so(sandbox, client, bad, reward, forward):
    recover(client, bad, reward)
    prepare(forward)
    send(forward)
    again = said(sandbox, client, bad.merchant, rating=1)
    recover(client, again, reward)
    prepare(forward)
    send(forward)

    again.refresh_from_db()
    row = row_of(client, again)
    assert list(sandbox.times_issued().values()) == [1]
    assert "had this reward already" in row.recovery.sentence
    assert (again.handled_at, row.recovery.word, row.may_recover) == (None, "Nothing issued", True)
    assert Issuance.objects.latest("pk").state == IssuanceState.DISCARDED


def test_an_excluded_guest_is_left_out_and_the_feedback_says_why(sandbox, client, bad, reward, forward):
    who = next(user for user in members_of(sandbox, bad.merchant) if user["id"] == bad.user_id)
    listed = exclusion_lists.create(merchant=bad.merchant, name="Staff", by=None, at=timezone.now())
    exclusion_lists.add_guests(
        exclusion_list=listed, rows=[(1, [who["email"] or who["phone"]])], by=None, at=timezone.now()
    )

    recover(client, bad, reward)
    prepare(forward)

    assert sandbox.times_issued() == {}
    assert "On an exclusion list" in row_of(client, bad).recovery.sentence
    assert Exclusion.DO_NOT_REWARD in Issuance.objects.get().left_out


def test_a_reward_that_thanx_could_not_issue_leaves_the_feedback_unhandled(sandbox, client, bad, reward, forward):
    recover(client, bad, reward)
    prepare(forward)
    bad.refresh_from_db()
    held = bad.handled_at
    sandbox.options(failure_share=1.0)
    send(forward)

    bad.refresh_from_db()
    assert held is not None
    assert row_of(client, bad).recovery.word == "Failed"
    assert bad.handled_at is None


def test_a_cap_is_not_passed_and_the_page_says_that_it_waits(sandbox, client, bad, reward, forward):
    bad.merchant.daily_cap = 0
    bad.merchant.save()
    recover(client, bad, reward)
    prepare(forward)
    bad.merchant.daily_cap = None
    bad.merchant.save()
    prepare(forward)

    issuance = Issuance.objects.get()
    assert issuance.state == IssuanceState.READY
    assert "At most 0 guests" in feedback_text(client, bad.merchant)
    assert row_of(client, bad).recovery.word == "Needs you"

    confirmation.confirm(issuance=issuance, by=None, at=timezone.now())
    forward(minutes=2)
    prepare(forward)

    assert recovery_of(bad).standing == Standing.JOINED
    assert "At most 0 guests" not in feedback_text(client, bad.merchant)


def test_an_approval_is_not_passed_by(client, bad, reward, forward, settings):
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 0}
    recover(client, bad, reward)
    prepare(forward)

    assert Issuance.objects.get().state == IssuanceState.READY
    assert "Another user must approve it first" in row_of(client, bad).recovery.sentence


def test_a_number_that_a_user_has_to_type_is_not_passed_by(client, bad, reward, forward, settings):
    settings.CONFIRM_TYPED_ABOVE = {"marketer": 0}
    recover(client, bad, reward)
    prepare(forward)

    assert Issuance.objects.get().state == IssuanceState.READY
    assert "type the number" in row_of(client, bad).recovery.sentence


@pytest.mark.parametrize("lost", ["membership", "account"])
def test_nothing_goes_out_in_the_name_of_a_user_who_may_not_issue_any_more(client, bad, reward, forward, lost):
    recover(client, bad, reward)
    if lost == "membership":
        Membership.objects.update(role=Role.VIEWER)
    else:
        User.objects.update(is_active=False)
    prepare(forward)

    assert Issuance.objects.get().state == IssuanceState.READY
    assert "may not issue any more" in RecoveryBatch.objects.get().problem


def test_a_campaign_that_ends_before_the_batch_goes_gives_nothing_and_says_so(client, bad, reward, forward):
    recover(client, bad, reward, when="daily")
    reward.campaign.end_at = timezone.now() + timedelta(hours=1)
    reward.campaign.save()
    forward(hours=24)
    prepare(forward)

    assert not Issuance.objects.exists()
    assert "The campaign is over" in row_of(client, bad).recovery.sentence
    assert row_of(client, bad).may_recover


def end(reward):
    reward.campaign.end_at = timezone.now()


def take_off_thanx(reward):
    reward.campaign.state = CampaignState.CREATING


def unpublish(reward):
    reward.reward_template.unpublished_at = timezone.now()


@pytest.mark.parametrize(
    ("close", "words"),
    [(end, "The campaign is over."), (take_off_thanx, "not live at Thanx"), (unpublish, "was unpublished at Thanx")],
)
def test_a_reward_that_has_closed_is_refused_at_once_and_nothing_is_queued(sandbox, bad, reward, close, words):
    close(reward)
    before = Exchange.objects.count()

    with pytest.raises(recovery.RewardClosed, match=words):
        recovery.recover(feedback=bad, variant=reward, daily=True, by=UserFactory(), at=timezone.now())

    assert (Recovery.objects.count(), RecoveryBatch.objects.count()) == (0, 0)
    assert Exchange.objects.count() == before


def test_a_draft_that_a_user_discards_gives_nothing_and_another_reward_can_be_chosen(
    sandbox, client, bad, reward, forward
):
    capped = Merchant.objects.filter(pk=bad.merchant_id)
    capped.update(daily_cap=0)
    recover(client, bad, reward)
    prepare(forward)
    client.post(reverse("issuance:discard", args=[bad.merchant.handle, Issuance.objects.get().pk]))
    forward(minutes=2)
    prepare(forward)
    assert "draft was discarded" in row_of(client, bad).recovery.sentence

    capped.update(daily_cap=None)
    recover(client, bad, reward_at(sandbox, bad.merchant))
    prepare(forward)

    assert recovery_of(bad).standing == Standing.JOINED


def test_the_guests_own_page_shows_what_was_said_and_what_became_of_it(sandbox, client, bad, reward, forward):
    recover(client, bad, reward)
    prepare(forward)
    send(forward)
    who = next(user for user in members_of(sandbox, bad.merchant) if user["id"] == bad.user_id)
    found = client.post(reverse("guests:find", args=[bad.merchant.handle]), {"q": who["email"]})

    with CaptureQueriesContext(connection) as queries:
        page = client.get(found.url).content.decode()

    assert len(queries) <= 26
    assert "Cold fries and nobody at the counter." in page
    assert "Got it" in page
    assert reverse("issuance:detail", args=[bad.merchant.handle, recovery_of(bad).batch.issuance_id]) in page
