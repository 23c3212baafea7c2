"""The builder, without scripts unless a test says otherwise."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.draft.content import content_of
from campaigns.models import Campaign
from campaigns.states import CampaignState
from tests.support.factories import MembershipFactory, RewardTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(client):
    membership = MembershipFactory(merchant__time_zone="America/Los_Angeles")
    client.force_login(membership.user)
    return membership.merchant


@pytest.fixture
def templates(merchant):
    return RewardTemplateFactory.create_batch(30, merchant=merchant)


def local(days: float) -> str:
    return (timezone.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def typed(**changed):
    """What a browser sends for a complete draft with one reward and a control."""
    return {
        "name": "Señor's <comeback>",
        "objective": "Bring back guests.",
        "fine_print": "One per visit.",
        "start_at": local(1),
        "end_at": local(8),
        "redeemable_from": local(1),
        "redeemable_to": local(15),
        "arm-0-name": "Free burger",
        "arm-0-share": "90",
        "arm-0-template": "",
        "has_control": "1",
        "control_share": "10",
        "registers": "here",
        "choosing": "0",
    } | changed


def new(merchant):
    return reverse("campaigns:new", args=[merchant.handle])


def edit(campaign):
    return reverse("campaigns:edit", args=[campaign.merchant.handle, campaign.pk])


def draft(client, merchant, **changed) -> Campaign:
    client.post(new(merchant), typed(save="1", **changed))
    return Campaign.objects.get()


def test_a_new_draft_comes_with_dates_a_reward_and_a_control(client, merchant, templates):
    page = client.get(new(merchant)).content.decode()

    assert 'value="Reward A"' in page
    assert 'name="has_control"' in page
    assert "Times in America/Los_Angeles" in page
    assert "Of every 1,000 guests, 900 get" in page
    assert "Guests have 28 days to redeem." in page
    assert not Campaign.objects.exists()


def test_a_recipe_begins_with_its_texts(client, merchant):
    page = client.get(new(merchant) + "?recipe=win-back").content.decode()

    assert 'value="Win back lapsed guests"' in page


def test_an_incomplete_draft_is_saved_as_it_is(client, merchant):
    answer = client.post(new(merchant), {"name": "Half an idea", "save": "1", "arm-0-name": ""})

    campaign = Campaign.objects.get()
    assert answer.url == edit(campaign)
    assert (campaign.state, campaign.name, campaign.start_at) == (CampaignState.DRAFT, "Half an idea", None)
    assert AuditEntry.objects.get().action == "campaign.draft-started"


def test_dates_are_in_the_merchants_time_zone(client, merchant):
    campaign = draft(client, merchant, start_at="2030-07-01T09:00")

    assert campaign.start_at.isoformat() == "2030-07-01T16:00:00+00:00"
    assert 'value="2030-07-01T09:00"' in client.get(edit(campaign)).content.decode()


@pytest.mark.parametrize("pressed", ["add_variant", "add_control", "choose", "search", "page", "save"])
def test_every_press_keeps_everything_typed(client, merchant, templates, pressed):
    chosen = str(templates[0].pk)

    client.post(new(merchant), typed(**{pressed: "1", "arm-0-template": chosen}))

    content = content_of(Campaign.objects.get())
    assert (content.name, content.objective, content.fine_print) == (
        "Señor's <comeback>",
        "Bring back guests.",
        "One per visit.",
    )
    assert content.arms[0].template_id == templates[0].pk
    assert content.dates.end_at is not None


def test_variants_are_added_up_to_four_and_removed(client, merchant):
    campaign = draft(client, merchant)
    two = typed(add_variant="1") | {"arm-1-name": "Reward B", "arm-1-share": "0"}
    client.post(edit(campaign), typed(add_variant="1"))
    client.post(edit(campaign), two)
    full = two | {"arm-2-name": "Reward C", "arm-2-share": "0"}
    client.post(edit(campaign), full)
    assert [each.name for each in campaign.variants.all()] == ["Free burger", "Reward B", "Reward C", "Control"]

    full.pop("add_variant")
    client.post(edit(campaign), full | {"remove_variant": "1"})

    assert [each.name for each in campaign.variants.all()] == ["Free burger", "Reward C", "Control"]


def test_untouched_percentages_are_split_again_and_chosen_ones_stay(client, merchant):
    campaign = draft(client, merchant)

    client.post(edit(campaign), typed(add_variant="1"))
    assert content_of(campaign).shares == [45, 45, 10]
    client.post(edit(campaign), typed(add_variant="1", **{"arm-0-share": "70", "control_share": "30"}))
    assert content_of(campaign).shares == [70, 0, 30]


def test_the_control_is_added_and_removed(client, merchant):
    campaign = draft(client, merchant)
    client.post(edit(campaign), typed(remove_control="1"))
    assert content_of(campaign).shares == [100]
    without = {name: value for name, value in typed(add_control="1").items() if name != "has_control"}

    client.post(edit(campaign), without | {"arm-0-share": "100"})

    control = campaign.variants.get(name="Control")
    assert (control.share, control.reward_template) == (10, None)


def test_the_picker_is_searched_and_paged_without_scripts(client, merchant, templates):
    campaign = draft(client, merchant)
    named = RewardTemplateFactory(merchant=merchant, name="Free tarte aux pommes")

    answer = client.post(edit(campaign), typed(search="1", q="pommes"), follow=True)

    page = answer.content.decode()
    assert re.findall(r'<input type="radio"[^>]*name="arm-0-template" value="(\d+)"', page) == [str(named.pk)]
    answer = client.post(edit(campaign), typed(page="3"), follow=True)
    assert "13 to 18 of 31 rewards" in answer.content.decode()


def test_what_is_typed_into_the_search_lists_rewards_while_typing(client, merchant, templates):
    chosen = templates[3]
    RewardTemplateFactory(merchant=merchant, name="Free tarte aux pommes")

    page = client.get(
        reverse("campaigns:pick", args=[merchant.handle]),
        {"choose": "0", "q": "pommes", "arm-0-template": str(chosen.pk)},
        headers={"HX-Request": "true"},
    ).content.decode()

    assert "Free tarte aux pommes" in page
    assert f'value="{chosen.pk}" checked' in page
    assert "<html" not in page


def test_another_merchants_reward_cannot_be_chosen(client, merchant):
    foreign = RewardTemplateFactory()

    campaign = draft(client, merchant, **{"arm-0-template": str(foreign.pk)})

    assert campaign.variants.first().reward_template is None


def test_a_reward_that_vanished_is_told_at_its_arm(client, merchant, templates):
    campaign = draft(client, merchant, **{"arm-0-template": str(templates[0].pk)})
    templates[0].unpublished_at = timezone.now()
    templates[0].save()

    page = client.get(edit(campaign)).content.decode()
    review = client.post(edit(campaign), typed(review="1", **{"arm-0-template": str(templates[0].pk)}))

    assert "no longer published" in page
    assert "This reward is no longer published at Thanx. Choose another one." in review.content.decode()


def test_review_puts_every_gap_beside_its_field_and_keeps_the_draft(client, merchant):
    wrong = typed(review="1", name="", control_share="20", end_at=local(-3), **{"arm-0-name": ""})

    page = client.post(new(merchant), wrong).content.decode()

    assert 'id="id_name_error"' in page
    assert 'id="id_end_at_error"' in page
    assert 'id="id_arm-0-name_error"' in page
    assert 'id="arm-0-template-error"' in page
    assert "The percentages add up to 110 %, not 100 %: 10 % too much." in page
    assert Campaign.objects.get().objective == "Bring back guests."


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"start_at": "next Tuesday"}, "id_start_at"),
        ({"start_at": "2030-03-10T02:30"}, "id_start_at"),
        ({"start_at": "2029-11-04T01:30"}, "id_start_at"),
        ({"arm-0-share": "many"}, "id_arm-0-share"),
        ({"arm-0-share": "-1"}, "id_arm-0-share"),
        ({"control_share": "101"}, "id_control_share"),
        ({"arm-0-name": "control"}, "id_arm-0-name"),
        ({"name": "x" * 201}, "id_name"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_typed_is_lost(client, merchant, changed, field):
    page = client.post(new(merchant), typed(save="1", **changed)).content.decode()

    assert f'id="{field}_error"' in page
    assert "Bring back guests." in page
    assert str(next(iter(changed.values()))) in page
    assert not Campaign.objects.exists()


def test_a_complete_draft_leads_to_its_summary(client, merchant, templates):
    answer = client.post(new(merchant), typed(review="1", **{"arm-0-template": str(templates[0].pk)}))

    campaign = Campaign.objects.get()
    assert answer.url == reverse("campaigns:review", args=[merchant.handle, campaign.pk])


def test_a_campaign_that_is_no_draft_cannot_be_edited(client, merchant):
    campaign = draft(client, merchant)
    Campaign.objects.update(state=CampaignState.QUEUED)

    answer = client.post(edit(campaign), typed(save="1", name="Other"))

    assert answer.url == reverse("campaigns:detail", args=[merchant.handle, campaign.pk])
    assert Campaign.objects.get().name == "Señor's <comeback>"


def test_dates_being_typed_say_how_long_guests_have(client, merchant):
    dates = {"start_at": local(1), "end_at": local(8), "redeemable_from": local(1), "redeemable_to": local(15)}
    window = reverse("campaigns:window", args=[merchant.handle])

    assert "Guests have 14 days to redeem." in client.get(window, dates).content.decode()
    wrong = client.get(window, dates | {"end_at": local(0.5)}).content.decode()
    assert "Ends: A campaign ends after it starts." in wrong


def test_percentages_being_typed_say_what_they_mean(client, merchant):
    split = reverse("campaigns:split", args=[merchant.handle])
    arms = {"arm-0-name": "A", "arm-0-share": "45", "arm-1-name": "B", "arm-1-share": "45"}

    page = client.get(split, arms | {"has_control": "1", "control_share": "10"}).content.decode()

    assert "and 100 are held back." in page
    assert "90 %, not 100 %: 10 % is missing" in client.get(split, arms).content.decode()


def test_more_rewards_do_not_cost_more_queries(client, merchant, templates, django_assert_max_num_queries):
    campaign = draft(client, merchant, **{"arm-0-template": str(templates[0].pk)})
    client.get(edit(campaign))

    with django_assert_max_num_queries(13):
        client.get(edit(campaign) + "?choose=0")
    RewardTemplateFactory.create_batch(60, merchant=merchant)
    with django_assert_max_num_queries(13):
        client.get(edit(campaign) + "?choose=0")
