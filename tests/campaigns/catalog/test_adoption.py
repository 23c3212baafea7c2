"""Campaigns made elsewhere always come with shares, so that they can be issued to."""

import pytest

from campaigns.catalog.adoption import adopt, default_shares
from campaigns.models import Campaign
from partner_api.answers import catalog
from tests.support.factories import NOON, MerchantFactory

pytestmark = pytest.mark.django_db


def listed(merchant, *names):
    """What Thanx lists: a campaign with variants of these names."""
    variants = tuple(catalog.Variant(id=f"variant-{name}", name=name, reward_template_id=None) for name in names)
    dates = dict.fromkeys(("start_at", "end_at", "redeemable_from", "redeemable_to"), NOON)
    texts = {"name": "Made elsewhere", "objective": "", "fine_print": "", "time_zone": ""}
    return catalog.Campaign(id="campaign-1", merchant_id=merchant.thanx_id, variants=variants, **texts, **dates)


def shares_of(campaign):
    return dict(campaign.variants.values_list("name", "share"))


@pytest.mark.parametrize(
    ("names", "shares"),
    [(["A"], [100]), (["A", "Control"], [90, 10]), (["A", "B", "C"], [34, 33, 33]), (["Control"], [100]), ([], [])],
)
def test_shares_are_even_and_a_tenth_is_held_back(names, shares):
    assert default_shares(names) == shares


def test_arms_that_come_after_their_campaign_get_shares():
    merchant = MerchantFactory()

    adopt(merchant=merchant, found=[listed(merchant)], at=NOON)
    adopt(merchant=merchant, found=[listed(merchant, "A", "Control")], at=NOON)

    assert shares_of(Campaign.objects.get()) == {"A": 90, "Control": 10}


def test_an_arm_that_joins_others_gets_no_guest_until_a_user_says_so():
    merchant = MerchantFactory()

    adopt(merchant=merchant, found=[listed(merchant, "A")], at=NOON)
    adopt(merchant=merchant, found=[listed(merchant, "A", "B")], at=NOON)

    assert shares_of(Campaign.objects.get()) == {"A": 100, "B": 0}


def test_shares_that_sum_to_nothing_are_put_right():
    merchant = MerchantFactory()
    adopt(merchant=merchant, found=[listed(merchant, "A", "B")], at=NOON)
    Campaign.objects.get().variants.update(share=0)

    adopt(merchant=merchant, found=[listed(merchant, "A", "B")], at=NOON)

    assert shares_of(Campaign.objects.get()) == {"A": 50, "B": 50}
