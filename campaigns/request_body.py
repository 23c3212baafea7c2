"""What we ask Thanx to create for a campaign of ours. Sending it and recognising it later use the same values."""

from __future__ import annotations

from datetime import datetime

from campaigns.models import Campaign
from partner_api.answers import catalog


def new_campaign(campaign: Campaign) -> catalog.NewCampaign:
    """Return the campaign as it is to be created. It must have been confirmed, so all four dates are set."""
    variants = campaign.variants.select_related("reward_template")
    return catalog.NewCampaign(
        merchant_id=campaign.merchant.thanx_id,
        name=campaign.name,
        objective=campaign.objective,
        fine_print=campaign.fine_print,
        start_at=_given(campaign.start_at),
        end_at=_given(campaign.end_at),
        redeemable_from=_given(campaign.redeemable_from),
        redeemable_to=_given(campaign.redeemable_to),
        variants=tuple(
            catalog.NewVariant(
                name=variant.name,
                reward_template_id=variant.reward_template.thanx_id if variant.reward_template else None,
            )
            for variant in variants
        ),
    )


def _given(date: datetime | None) -> datetime:
    assert date is not None, "only confirmed campaigns are sent"
    return date
