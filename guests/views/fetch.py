"""The feedback and the guest that a view works on. Another merchant's feedback is a 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.guards import MerchantRequest
from guests.models import Feedback
from issuance.jobs.guest_search import GuestQuery, query_from_token


def feedback_of(request: MerchantRequest, feedback_id: int) -> Feedback:
    """Return a feedback of the request's merchant. Raises Http404."""
    rows = Feedback.objects.filter(merchant=request.merchant).select_related("merchant")
    return get_object_or_404(rows, pk=feedback_id)


def wanted_of(token: str) -> GuestQuery:
    """Return the guest that a token in a URL means. Raises Http404 for an invalid one."""
    wanted = query_from_token(token)
    if not wanted.fingerprints:
        raise Http404
    return wanted
