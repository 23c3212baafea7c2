"""The campaign that a view works on. Another merchant's campaign is a 404."""

from django.http import Http404

from accounts.guards import MerchantRequest
from campaigns.models import Campaign


def campaign_of(request: MerchantRequest, campaign_id: int) -> Campaign:
    """Return a campaign of the request's merchant with its variants. Raises Http404, for a discarded one too."""
    rows = Campaign.objects.kept().prefetch_related("variants__reward_template")
    found = rows.filter(pk=campaign_id, merchant=request.merchant).first()
    if found is None:
        raise Http404
    found.merchant = request.merchant  # the guard has fetched it already
    return found
