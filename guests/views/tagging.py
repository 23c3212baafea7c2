"""The page on which the guests of an issuance are tagged with their arm."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from guests.pages.tagging import tagging_page
from guests.tags import tagging
from issuance.models import Issuance


@at_merchant(Act.CHANGE_GUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """A POST makes a worker begin, or begin again."""
    mine = Issuance.objects.confirmed().filter(merchant=request.merchant).select_related("campaign")
    issuance = get_object_or_404(mine, pk=issuance_id)
    if request.method == "POST":
        tagging.request_tagging(issuance=issuance, by=request.user, at=timezone.now())
        return redirect("guests:tagging", request.merchant.handle, issuance_id)
    template = "guests/tagging.html#progress" if request.headers.get("HX-Request") else "guests/tagging.html"
    return render(request, template, {"page": tagging_page(issuance)})
