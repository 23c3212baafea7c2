"""The list of campaigns."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from campaigns.catalog import refresh
from campaigns.pages.listing import list_page
from campaigns.pages.timeline import calendar_page


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def calendar(request: MerchantRequest) -> HttpResponse:
    """Show which campaigns run at the same time."""
    shown = calendar_page(request.merchant, at=timezone.now())
    return render(request, "campaigns/calendar.html", {"page": shown})


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def page(request: MerchantRequest) -> HttpResponse:
    at = timezone.now()
    refresh.mark_used(merchant=request.merchant, at=at)
    shown = list_page(
        request.merchant,
        search=request.GET.get("q", ""),
        status=request.GET.get("status", ""),
        number=request.GET.get("page"),
        at=at,
    )
    return render(request, "campaigns/list.html", {"page": shown})
