"""A reward that was changed at Thanx is shown as it was when the campaign was made, beside what it is now."""

import importlib
from dataclasses import replace
from decimal import Decimal

import pytest
from django.apps import apps
from django.urls import reverse

from campaigns import creation, promises
from campaigns.catalog import adoption
from campaigns.draft import drafts
from campaigns.draft.content import content_of
from campaigns.models import RewardTemplate, Variant
from partner_api.answers import catalog
from tests.support.desk import Desk
from tests.support.factories import NOON, RewardTemplateFactory, create_live_campaign

pytestmark = pytest.mark.django_db


def told(campaign):
    variants = campaign.variants.select_related("reward_template")
    return [(change.arm, change.what, change.before, change.after) for change in promises.changes(variants)]


def cheapen(template, **fields):
    RewardTemplate.objects.filter(pk=template.pk).update(**fields)


def test_a_confirmed_campaign_remembers_its_rewards(client):
    desk = Desk(client, shares=(45, 45), control=10)
    content = replace(content_of(desk.campaign), name="Another")
    draft = drafts.start(merchant=desk.merchant, content=content, by=desk.person, at=NOON)
    creation.confirm(campaign=draft, by=desk.person, at=NOON)
    template = draft.variants.first().reward_template

    assert told(draft) == []
    cheapen(template, discount_value=Decimal("3.00"), fine_print="Not on Sundays.")

    arm = draft.variants.first().name
    assert told(draft) == [(arm, "Discount", "$5 off", "$3 off"), (arm, "Fine print", "–", "Not on Sundays.")]


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"name": "Free fries"}, ("Name", "$5 off", "Free fries")),
        ({"discount_type": "percent"}, ("Discount", "$5 off", "5 % off")),
        ({"discount_value": None, "discount_type": "free_item"}, ("Discount", "$5 off", "Free item")),
        ({"description": "New words", "image_url": "https://example.com/a.png"}, None),
    ],
)
def test_what_guests_are_told_counts_and_nothing_else(fields, change):
    template = RewardTemplateFactory(name="$5 off")
    campaign = create_live_campaign(merchant=template.merchant, shares=(100,), control=0)
    campaign.variants.update(reward_template=template)
    promises.remember(campaign.variants.all())

    cheapen(template, **fields)

    assert [row[1:] for row in told(campaign)] == ([change] if change else [])


def found_elsewhere(merchant, **arms):
    """Return the campaign that Thanx lists with the templates of these arms, as it is taken over."""
    variants = tuple(
        catalog.Variant(id=name, name=name, reward_template_id=template.thanx_id) for name, template in arms.items()
    )
    dates = dict.fromkeys(["start_at", "end_at", "redeemable_from", "redeemable_to"])
    texts = {"name": "Elsewhere", "objective": "", "fine_print": "", "time_zone": "UTC"}
    each = catalog.Campaign(id="c", merchant_id=merchant.thanx_id, variants=variants, **dates, **texts)
    adoption.adopt(merchant=merchant, found=[each], at=NOON)
    return merchant.campaigns.get(thanx_id="c")


def test_a_campaign_made_elsewhere_remembers_them_when_it_is_found_and_when_its_arm_gives_another(client):
    desk = Desk(client)
    first, second = RewardTemplateFactory.create_batch(2, merchant=desk.merchant)

    taken_over = found_elsewhere(desk.merchant, Burger=first)
    cheapen(first, discount_value=1)
    assert [row[1:] for row in told(taken_over)] == [("Discount", "$5 off", "$1 off")]
    assert [row[1:] for row in told(found_elsewhere(desk.merchant, Burger=first))] == [("Discount", "$5 off", "$1 off")]

    assert told(found_elsewhere(desk.merchant, Burger=second)) == []


def test_an_arm_that_appears_or_gives_another_reward_hides_no_change_of_the_others(client):
    desk = Desk(client)
    first, second, third = RewardTemplateFactory.create_batch(3, merchant=desk.merchant)
    found_elsewhere(desk.merchant, A=first)
    cheapen(first, discount_value=10)

    for other in (second, third):
        assert told(found_elsewhere(desk.merchant, A=first, B=other)) == [("A", "Discount", "$5 off", "$10 off")]

    cheapen(third, discount_value=1)
    assert ("B", "Discount", "$5 off", "$1 off") in told(found_elsewhere(desk.merchant, A=first, B=third))


def test_campaigns_from_before_count_as_made_with_the_rewards_of_the_upgrade(client):
    desk = Desk(client, shares=(45, 45), control=10)
    migration = importlib.import_module("campaigns.migrations.0012_remember_what_was_promised")
    migration.take_todays(apps, None)

    cheapen(desk.campaign.variants.first().reward_template, discount_value=2)

    assert [row[1:] for row in told(desk.campaign)] == [("Discount", "$5 off", "$2 off")]
    assert Variant.objects.get(name="Control").promised == {}


def test_the_page_of_the_campaign_shows_before_and_after(client):
    desk = Desk(client)
    promises.remember(desk.campaign.variants.all())
    cheapen(desk.campaign.variants.get().reward_template, discount_value=2)

    page = client.get(reverse("campaigns:detail", args=[desk.merchant.handle, desk.campaign.pk])).text

    assert "Rewards have changed at Thanx since this campaign was made" in page
    assert "<del>$5 off</del>" in page
    assert "<ins>$2 off</ins>" in page
