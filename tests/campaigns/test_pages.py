"""The list of campaigns, the summary of a draft, and the page of a campaign."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from campaigns.models import Campaign
from campaigns.states import CampaignMove, CampaignState
from tests.support.factories import (
    NOON,
    CampaignFactory,
    IssuanceFactory,
    MembershipFactory,
    UserFactory,
    VariantFactory,
    create_live_campaign,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(client):
    membership = MembershipFactory()
    client.force_login(membership.user)
    return membership.merchant


def place(name: str, merchant, *args) -> str:
    return reverse(f"campaigns:{name}", args=[merchant.handle, *args])


def shown(client, address: str, **query) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def running(merchant, **fields) -> Campaign:
    later = timezone.now() + timedelta(days=9)
    dates = {"end_at": later, "redeemable_to": later}
    return create_live_campaign(merchant=merchant, **dates | fields)


def complete_draft(merchant) -> Campaign:
    return running(merchant, state=CampaignState.DRAFT, thanx_id=None)


def test_campaigns_are_searched_and_filtered(client, merchant):
    CampaignFactory(merchant=merchant, name="Summer <b>")
    CampaignFactory(merchant=merchant, name="Winter", state=CampaignState.REFUSED)
    CampaignFactory(merchant=merchant, name="Discarded", state=CampaignState.DISCARDED)
    CampaignFactory(name="Of somebody else")

    everything = shown(client, place("list", merchant))
    assert "Summer &lt;b&gt;" in everything
    assert "Winter" in everything
    assert "Discarded" not in everything
    assert "Of somebody else" not in everything
    assert "Winter" not in shown(client, place("list", merchant), q="summ")
    assert "Summer" not in shown(client, place("list", merchant), status="refused")


def test_an_empty_list_offers_three_ways_to_begin(client, merchant):
    page = shown(client, place("list", merchant))

    assert page.count("?recipe=") == 3


def test_the_page_of_a_live_campaign_leads_to_issuing(client, merchant):
    campaign = running(merchant)

    page = shown(client, place("detail", merchant, campaign.pk))

    assert f"{reverse('issuance:new', args=[merchant.handle])}?campaign={campaign.pk}" in page
    assert "45 % · Reward 1" in page
    assert "10 % · Control" in page
    assert "hx-trigger" not in page


def test_a_campaign_that_is_over_cannot_be_issued_to(client, merchant):
    campaign = create_live_campaign(merchant=merchant)

    assert "?campaign=" not in shown(client, place("detail", merchant, campaign.pk))


@pytest.mark.parametrize("state", [CampaignState.QUEUED, CampaignState.CREATING, CampaignState.UNSURE])
def test_a_campaign_being_created_refreshes_itself(client, merchant, state):
    campaign = running(merchant, state=state, thanx_id=None)

    page = shown(client, place("detail", merchant, campaign.pk))

    address = place("state", merchant, campaign.pk)
    assert f'hx-get="{address}" hx-trigger="every 2s"' in page
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'hx-trigger="every 2s"' in fragment
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.LIVE, thanx_id="c-1")
    assert "hx-trigger" not in client.get(address).content.decode()


def test_a_refused_campaign_tells_what_thanx_said_and_what_to_do(client, merchant):
    said = "start_at <is> late"
    campaign = running(merchant, state=CampaignState.REFUSED, thanx_id=None, error_code="X_1", error_text=said)

    page = shown(client, place("detail", merchant, campaign.pk))

    assert "start_at &lt;is&gt; late" in page
    assert "For your guests" in page
    assert "What to do" in page
    answer = client.post(place("take-back", merchant, campaign.pk))
    assert answer.url == place("edit", merchant, campaign.pk)
    assert "start_at &lt;is&gt; late" in shown(client, answer.url)


def test_the_summary_creates_the_campaign_once(client, merchant):
    campaign = complete_draft(merchant)
    review = place("review", merchant, campaign.pk)
    assert "Create campaign at Thanx" in shown(client, review)

    client.post(review)
    second = client.post(review)

    assert second.url == place("detail", merchant, campaign.pk)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.QUEUED
    assert AuditEntry.objects.filter(action="campaign.confirmed").count() == 1


def test_the_summary_of_an_incomplete_draft_has_no_button(client, merchant):
    campaign = complete_draft(merchant)
    Campaign.objects.update(objective="")
    review = place("review", merchant, campaign.pk)

    assert "Create campaign at Thanx" not in shown(client, review)
    page = client.post(review).content.decode()

    assert "Say what the campaign should achieve." in page
    assert Campaign.objects.get().state == CampaignState.DRAFT


def test_a_draft_is_discarded_after_a_question(client, merchant):
    campaign = complete_draft(merchant)
    discard = place("discard", merchant, campaign.pk)
    assert "Discard the draft" in shown(client, discard)
    assert Campaign.objects.get().state == CampaignState.DRAFT

    client.post(discard)

    assert Campaign.objects.get().state == CampaignState.DISCARDED
    assert client.get(place("detail", merchant, campaign.pk)).status_code == 404


def test_a_campaign_is_duplicated_into_a_draft(client, merchant):
    campaign = running(merchant)

    answer = client.post(place("duplicate", merchant, campaign.pk))

    copy = Campaign.objects.exclude(pk=campaign.pk).get()
    assert answer.url == place("edit", merchant, copy.pk)
    assert (copy.state, copy.thanx_id) == (CampaignState.DRAFT, None)


def test_percentages_are_changed_until_the_first_issuance(client, merchant):
    campaign = running(merchant, made_elsewhere=True)
    shares = place("shares", merchant, campaign.pk)
    names = [f"share-{variant.pk}" for variant in campaign.variants.all()]
    assert shares in shown(client, place("detail", merchant, campaign.pk))
    assert "add up to 99 %" in client.post(shares, dict(zip(names, (50, 39, 10), strict=True))).content.decode()

    client.post(shares, dict(zip(names, (50, 40, 10), strict=True)))

    assert [variant.share for variant in campaign.variants.all()] == [50, 40, 10]
    IssuanceFactory(campaign=campaign, merchant=merchant)
    assert shares not in shown(client, place("detail", merchant, campaign.pk))


def test_a_reward_that_is_no_longer_published_flags_its_campaign(client, merchant):
    campaign = running(merchant)
    template = campaign.variants.first().reward_template
    template.unpublished_at = NOON
    template.save()

    assert "A reward is no longer published" in shown(client, place("detail", merchant, campaign.pk))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("detail", "get"),
        ("state", "get"),
        ("edit", "get"),
        ("edit", "post"),
        ("review", "get"),
        ("review", "post"),
        ("discard", "post"),
        ("take-back", "post"),
        ("duplicate", "post"),
        ("shares", "post"),
    ],
)
def test_another_merchants_campaign_does_not_exist(client, merchant, name, method):
    foreign = create_live_campaign(state=CampaignState.DRAFT, thanx_id=None)

    answers = [
        getattr(client, method)(place(name, merchant, foreign.pk)),
        getattr(client, method)(place(name, foreign.merchant, foreign.pk)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    foreign.refresh_from_db()
    assert foreign.state == CampaignState.DRAFT
    assert Campaign.objects.count() == 1


def test_viewers_look_and_change_nothing(client):
    membership = MembershipFactory(role=Role.VIEWER)
    client.force_login(membership.user)
    campaign = complete_draft(membership.merchant)

    page = shown(client, place("detail", membership.merchant, campaign.pk))

    assert "/edit/" not in page
    for name in ("edit", "review", "discard", "take-back", "duplicate", "shares"):
        assert client.post(place(name, membership.merchant, campaign.pk)).status_code == 403
    assert client.post(place("refresh", membership.merchant)).status_code == 403


def test_more_campaigns_and_events_do_not_cost_more_queries(client, merchant):
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(client, address)
        return len(captured)

    campaign = running(merchant, state=CampaignState.DRAFT, thanx_id=None)
    addresses = [place("list", merchant), place("detail", merchant, campaign.pk)]
    shown(client, addresses[0])
    before = [queries(address) for address in addresses]
    for _ in range(10):
        create_live_campaign(merchant=merchant)
        campaign.move(CampaignMove.CONFIRMED, by=UserFactory(), at=NOON)
        campaign.move(CampaignMove.CLAIMED, by=None, at=NOON)
        campaign.move(CampaignMove.REFUSED, by=None, at=NOON)
        campaign.move(CampaignMove.EDITED, by=None, at=NOON)

    assert [queries(address) for address in addresses] == before


def test_names_from_outside_are_text(client, merchant):
    campaign = running(merchant, name="<script>alert(1)</script>")
    VariantFactory(campaign=campaign, position=9, name="<img src=x>", share=0)

    page = shown(client, place("detail", merchant, campaign.pk))

    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_what_thanx_knows_of_cannot_be_discarded_and_says_so(client, merchant):
    campaign = create_live_campaign(merchant=merchant)

    answer = client.get(place("discard", merchant, campaign.pk), follow=True)

    assert "Only drafts, and campaigns that Thanx refused, can be discarded." in answer.text
    assert "Discard the draft" not in answer.text


def test_percentages_by_which_guests_were_assigned_are_not_offered_for_change(client, merchant):
    campaign = create_live_campaign(merchant=merchant)
    assert "Save percentages" in shown(client, place("shares", merchant, campaign.pk))
    IssuanceFactory(campaign=campaign)

    answer = client.get(place("shares", merchant, campaign.pk), follow=True)

    assert "so they stay as they are" in answer.text
    assert "Save percentages" not in answer.text
