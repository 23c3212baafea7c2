"""The dry run says exactly what a confirmation does, and one confirmation is enough."""

import pytest
from django.utils import timezone

from accounts.models import Role
from campaigns.models import RewardTemplate
from issuance.audience.screening import Exclusion
from issuance.models import Batch
from issuance.states import BatchState, IssuanceState
from tests.support.desk import Desk, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


def test_the_button_says_how_many_rewards_go_to_how_many_guests(desk):
    page = desk.get("review", desk.ready(people(200)))

    assert "Issue 180 rewards to 200 guests (20 held back)" in page.text


def test_every_arm_is_shown_with_its_guests_and_jobs(desk, settings):
    settings.THANX_BATCH_SIZE = 50

    page = desk.get("review", desk.ready(people(200)))

    arms = [row.arm for row in page.context["page"].rows]
    assert [(arm.variant.name, arm.guests, arm.jobs) for arm in arms] == [
        ("Reward 1", 90, [50, 40]),
        ("Reward 2", 90, [50, 40]),
        ("Control", 20, []),
    ]


def test_what_it_may_cost_is_said_where_it_can_be_known(desk):
    first, second = RewardTemplate.objects.filter(merchant=desk.merchant).order_by("pk")
    RewardTemplate.objects.filter(pk=first.pk).update(discount_type="amount", discount_value=5)
    RewardTemplate.objects.filter(pk=second.pk).update(discount_type="percent", discount_value=20)

    page = desk.get("review", desk.ready(people(200)))

    assert (page.context["page"].at_most, page.context["page"].unpriced) == (450, True)


def test_a_small_job_first_is_offered_and_told_as_it_will_be(desk, settings):
    settings.THANX_BATCH_SIZE, settings.CANARY_SIZE = 50, 25
    ready = desk.ready(people(200))

    offered = desk.get("review", ready)
    chosen = desk.post("canary", ready, {"wanted": "yes"}, follow=True)

    told = chosen.context["page"]
    assert "All 4 jobs at once." in offered.text
    assert "1 job of 25 guests first, then 4 jobs, which follow by themselves" in chosen.text
    assert ([row.arm.jobs for row in told.rows], told.calls.issue) == ([[25, 25, 40], [50, 40], []], 5)
    desk.post("confirm", ready, {"number": "180"})
    assert ready.batches.filter(state=BatchState.QUEUED).count() == told.calls.issue


def test_the_choice_can_be_taken_back_and_is_not_offered_where_it_makes_no_difference(desk):
    ready, few = desk.ready(people(200)), desk.ready(people(20))
    desk.post("canary", ready, {"wanted": "yes"})

    back = desk.post("canary", ready, {"wanted": "no"}, follow=True)

    assert "All 2 jobs at once." in back.text
    assert desk.get("review", few).context["page"].first is None


def test_looking_at_the_review_mints_no_key(desk):
    desk.get("review", desk.ready())

    assert not Batch.objects.exclude(idempotency_key=None).exists()


def test_confirming_lets_the_rewards_go_out_and_leads_to_the_run(desk):
    ready = desk.ready(people(20))

    answer = desk.post("confirm", ready)

    ready.refresh_from_db()
    assert answer.url == desk.at("detail", ready.pk)
    assert (ready.state, ready.confirmed_by) == (IssuanceState.CONFIRMED, desk.person)
    assert set(ready.batches.values_list("state", flat=True)) == {BatchState.QUEUED, BatchState.HELD_BACK}


def test_a_second_click_changes_nothing(desk):
    ready = desk.ready(people(20))
    desk.post("confirm", ready)
    keys = set(ready.batches.values_list("idempotency_key", flat=True))

    answer = desk.post("confirm", ready)

    assert answer.url == desk.at("detail", ready.pk)
    assert set(ready.batches.values_list("idempotency_key", flat=True)) == keys


def test_the_same_file_again_needs_a_deliberate_tick(desk):
    earlier, again = desk.confirmed(people(20)), desk.ready(people(20), included_anyway=[Exclusion.REWARDED_HERE])

    page = desk.post("confirm", again)

    again.refresh_from_db()
    assert again.state == IssuanceState.READY
    assert "Please tick this" in page.text
    assert desk.at("detail", earlier.pk) in page.text


def test_with_the_tick_the_same_file_goes_out_again(desk):
    desk.confirmed(people(20))
    again = desk.ready(people(20), included_anyway=[Exclusion.REWARDED_HERE])

    desk.post("confirm", again, {"again": "on"})

    again.refresh_from_db()
    assert again.state == IssuanceState.CONFIRMED


def test_a_campaign_whose_rewards_cannot_be_redeemed_any_more_is_refused_in_words(client):
    desk = Desk(client, redeemable_to=timezone.now())
    ready = desk.ready()

    page = desk.post("confirm", ready)

    assert "can no longer be redeemed" in page.text
    assert "disabled" in page.text


def test_what_is_in_the_way_is_said_before_anybody_presses(desk):
    ready = desk.ready(people(20))
    template = RewardTemplate.objects.filter(merchant=desk.merchant).first()
    RewardTemplate.objects.filter(pk=template.pk).update(unpublished_at=timezone.now())

    told = f"The reward “{template.name}” was unpublished at Thanx, so it cannot be issued."
    before, after = desk.get("review", ready), desk.post("confirm", ready)

    assert [page.context["page"].obstacle for page in (before, after)] == [told, told]
    assert [page.text.count(told) for page in (before, after)] == [1, 1]
    assert "disabled" in before.text


def test_everybody_held_back_is_nothing_to_issue(desk):
    desk.campaign.variants.exclude(name="Control").update(share=0)

    page = desk.get("review", desk.ready(people(20)))

    assert "Everybody would be held back, so there is nothing to issue." in page.text


def test_a_draft_that_is_not_read_is_continued_where_it_stands(desk):
    assert desk.get("review", desk.draft()).url.endswith("/people/")
    assert desk.get("detail", desk.uploaded()).url.endswith("/check/")


def test_a_viewer_sees_the_review_without_the_button(client):
    desk = Desk(client, role=Role.VIEWER)
    ready = desk.ready()

    assert "Issue 2 rewards" not in desk.get("review", ready).text
    assert desk.post("confirm", ready).status_code == 403
