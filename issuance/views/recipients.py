"""Every guest of an issuance."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from issuance.pages.batches import batches_of
from issuance.pages.recipients import RecipientFilter, recipients_page
from issuance.views.fetch import confirmed_issuance_of
from issuance.views.search import to_found


@at_merchant(Role.VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """List the guests: all, by what became of them, by arm, by job, or whom somebody looks for."""
    issuance = confirmed_issuance_of(request, issuance_id)
    if request.method == "POST":
        return to_found(request)
    wanted = RecipientFilter.of_query(request.GET.dict())
    shown = recipients_page(issuance, batches_of(issuance), wanted=wanted, number=request.GET.get("page", "1"))
    return render(request, "issuance/recipients.html", {"page": shown})
