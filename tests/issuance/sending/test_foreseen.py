"""What will probably go wrong is said where it is decided, and can be avoided there."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from campaigns import promises
from campaigns.models import Campaign, RewardTemplate
from issuance.models import Issuance
from issuance.pages.review import button_of
from issuance.sending import dry_run
from issuance.states import IssuanceState
from tests.support.desk import Desk, people

pytestmark = pytest.mark.django_db
STEPS = ("check", "review")


@pytest.fixture
def desk(client):
    return Desk(client)


def read_with_strangers(desk, number, of=20):
    ready = desk.ready(people(of))
    Issuance.objects.filter(pk=ready.pk).update(strangers=number)
    ready.refresh_from_db()
    return ready


def test_guests_who_are_no_members_are_named_in_the_first_sentence_and_in_the_button(desk):
    ready = read_with_strangers(desk, 3)

    check, review = (desk.get(step, ready).text for step in STEPS)

    assert "20 ready, 3 of them probably not members · 0 to fix" in check
    assert check.index("3 guests are probably not members") < check.index(
        'class="page-actions"', check.index("checked")
    )
    assert "Issue 17 rewards; 3 more guests are probably not members" in review
    assert "3 guests are probably not members, and would cost nothing." in review


@pytest.mark.parametrize(
    ("guests", "strangers", "label"),
    [
        (20, 0, "Issue 20 rewards to 20 guests"),
        (20, 1, "Issue 19 rewards; 1 more guest is probably not a member"),
        (2_000, 1_200, "Issue 800 rewards; 1,200 more guests are probably not members"),
    ],
)
def test_the_button_counts_who_will_get_one(desk, guests, strangers, label):
    ready = read_with_strangers(desk, strangers, of=guests)

    assert button_of(dry_run.of_issuance(ready)) == label


def posted_by(page, *, button):
    """Return the hidden fields of the form of a button."""
    form = page[: page.index(button)].rpartition("<form")[2]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


@pytest.mark.parametrize("step", STEPS)
def test_they_are_left_out_with_one_click_that_keeps_what_a_colleague_chose_meanwhile(desk, step):
    ready = read_with_strangers(desk, 3)
    page = desk.get(step, ready)
    a_colleagues = {"included_anyway": ["rewarded_here"], "rewarded_within_days": 7}
    Issuance.objects.filter(pk=ready.pk).update(**a_colleagues)  # after the page was shown

    answer = desk.post("choose-exclusions", ready, posted_by(page.text, button="Leave the 3 out"))

    ready.refresh_from_db()
    assert answer.url == desk.at(step, ready.pk)
    assert (ready.only_members, ready.included_anyway, ready.rewarded_within_days) == (True, ["rewarded_here"], 7)
    assert (ready.state, ready.probably_fail) == (IssuanceState.READING, 0)


def test_users_who_only_look_are_told_and_offered_nothing(desk, client):
    ready = read_with_strangers(desk, 3)
    looker = Desk(client, role=Role.VIEWER)
    looker.person.memberships.update(merchant=desk.merchant)

    page = client.get(desk.at("check", ready.pk)).text

    assert "3 guests are probably not members" in page
    assert "Leave the 3 out" not in page


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        ({"start_at": 2}, "Guests would get their reward before that."),
        ({"end_at": -1}, "Thanx may refuse its rewards."),
        ({"redeemable_from": 2}, "Guests can redeem from"),
        ({"redeemable_to": 2}, "only."),
    ],
)
def test_what_the_window_means_for_guests_is_said_before_sending(desk, moved, words):
    ready = desk.ready()
    dates = {name: timezone.now() + timedelta(days=days) for name, days in moved.items()}
    Campaign.objects.update(**dates)

    pages = [desk.get(step, ready).context["page"].foreseen.window for step in STEPS]

    assert [[words in sentence for sentence in told] for told in pages] == [[True], [True]]


def test_a_running_window_is_not_mentioned(desk):
    assert desk.get("check", desk.ready()).context["page"].foreseen.window == []


def test_what_would_be_refused_is_said_at_the_check_already(desk):
    ready = desk.ready()
    RewardTemplate.objects.update(unpublished_at=timezone.now())

    assert "was unpublished at Thanx, so it cannot be issued." in desk.get("check", ready).text


@pytest.mark.parametrize("step", STEPS)
def test_a_reward_that_changed_since_the_campaign_was_made_is_shown_before_and_after(desk, step):
    ready = desk.ready()
    promises.remember(desk.campaign.variants.all())
    RewardTemplate.objects.update(discount_value=2)

    page = desk.get(step, ready).text

    assert "<del>$5 off</del>" in page
    assert "<ins>$2 off</ins>" in page
