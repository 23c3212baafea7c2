"""What was issued for a campaign, on its page: campaigns know nothing of issuances."""

from datetime import datetime
from typing import Any

from django import template

from campaigns.models import Campaign
from issuance.pages.campaign.campaign_totals import campaign_totals

register = template.Library()


@register.inclusion_tag("issuance/campaign_totals.html", takes_context=True)
def totals_of_campaign(context: template.Context, campaign: Campaign, at: datetime) -> dict[str, Any]:
    """Show the arms in figures, the rewards over time, and the latest issuances."""
    return {"page": campaign_totals(campaign, at=at), "request": context["request"]}
