"""What the page of one campaign says: its dates, why it waits, and which rewards are gone."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.states import CampaignState
from tests.support.factories import NOON, MembershipFactory, create_live_campaign

pytestmark = pytest.mark.django_db

DATES = re.compile(r'<dt>([^<]+)</dt><dd>\s*<time datetime="([^"]+)"')


@pytest.fixture
def merchant(client):
    membership = MembershipFactory()
    client.force_login(membership.user)
    return membership.merchant


def page_of(client, campaign) -> str:
    return client.get(reverse("campaigns:detail", args=[campaign.merchant.handle, campaign.pk])).text


def notice(page: str, title: str) -> str:
    """Return the notice with this title, without its tags; '' if there is none."""
    _, found, rest = page.partition(f'<p class="notice-title">{title}</p>')
    return re.sub(r"<[^>]+>", "", rest.partition("</div>")[0]) if found else ""


def test_each_date_is_shown_under_its_name(client, merchant):
    day = timedelta(days=1)
    dates = {"start_at": NOON, "end_at": NOON + 2 * day, "redeemable_from": NOON + day, "redeemable_to": NOON + 3 * day}

    page = page_of(client, create_live_campaign(merchant=merchant, **dates))

    names = ("Starts", "Ends", "Redeem from", "Redeem until")
    assert dict(DATES.findall(page)) == {name: at.isoformat() for name, at in zip(names, dates.values(), strict=True)}


@pytest.mark.parametrize("state", [CampaignState.QUEUED, CampaignState.UNSURE])
def test_a_campaign_that_cannot_be_created_yet_says_why_it_waits(client, merchant, state):
    why = "Set THANX_API_URL in the environment and restart the portal."
    campaign = create_live_campaign(merchant=merchant, state=state, thanx_id=None, error_text=why)

    assert why in notice(page_of(client, campaign), "It has to wait")


def test_a_live_campaign_does_not_wait(client, merchant):
    campaign = create_live_campaign(merchant=merchant, error_text="An old error.")

    assert notice(page_of(client, campaign), "It has to wait") == ""


def test_the_warning_about_a_reward_that_is_gone_names_its_arm_and_no_other(client, merchant):
    campaign = create_live_campaign(merchant=merchant)
    gone, kept = campaign.variants.exclude(reward_template=None)[:2]
    gone.reward_template.unpublished_at = NOON
    gone.reward_template.save()

    warning = notice(page_of(client, campaign), "A reward is no longer published")

    assert gone.name in warning
    assert kept.name not in warning
