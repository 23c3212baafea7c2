"""What a view works on, or 404: another merchant's campaign does not exist here."""

from __future__ import annotations

from django.http import Http404

from accounts.guards import MerchantRequest
from campaigns.models import Campaign


def campaign_of(request: MerchantRequest, campaign_id: int) -> Campaign:
    """Return a campaign of the request's merchant that nobody has discarded, with its variants. Raises Http404."""
    rows = Campaign.objects.kept().prefetch_related("variants__reward_template")
    found = rows.filter(pk=campaign_id, merchant=request.merchant).first()
    if found is None:
        raise Http404
    found.merchant = request.merchant  # the guard has fetched it already
    return found
