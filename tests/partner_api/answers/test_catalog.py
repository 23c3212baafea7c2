"""Reward templates and campaigns of Thanx as typed values."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from partner_api.answers import catalog
from partner_api.answers.readers import Unusable


def test_a_template_is_read_with_discount_and_image():
    template = catalog.reward_template(
        {"id": 7, "name": "Free taco", "discount": {"type": "percent", "value": "12.5"}, "images": {"default": "u"}}
    )

    assert (template.id, template.discount_type, template.discount_value) == ("7", "percent", Decimal("12.5"))
    assert (template.image_url, template.fine_print, template.merchant_id) == ("u", "", None)


def test_a_campaign_is_read_with_its_control():
    variants = [{"id": "a", "name": "Taco", "reward_template_id": "t"}, {"id": "b", "name": "Control"}]

    campaign = catalog.campaign({"id": "c", "name": "N", "start_at": "2026-05-12T12:00:00Z", "variants": variants})

    assert [variant.reward_template_id for variant in campaign.variants] == ["t", None]
    assert campaign.start_at == datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
    assert campaign.end_at is None


def test_a_campaign_with_a_variant_that_cannot_be_named_is_unusable():
    with pytest.raises(Unusable):
        catalog.campaign({"id": "c", "variants": [{"name": "Taco"}]})
