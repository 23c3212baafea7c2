"""The list of issuances, and the beginning of a new one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from issuance.drafts import drafts
from issuance.forms.draft import StartForm
from issuance.pages import listing
from issuance.pages.links import place
from issuance.pages.listing import FilterForm
from issuance.views.fetch import posted

SAMPLE = (
    "name,email,phone\r\n"
    "Ana Müller,ana.muller@example.com,\r\n"
    "Jo O'Neil,,+1 212 555 0123\r\n"
    "Sam Lee,sam.lee@example.com,(212) 555-0124\r\n"
)


@at_merchant(Role.VIEWER)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    """List a merchant's issuances."""
    form = FilterForm(request.GET, merchant=request.merchant)
    page = listing.list_page(
        merchant=request.merchant, form=form, number=request.GET.get("page", "1"), at=timezone.now()
    )
    return render(request, "issuance/list.html", {"page": page, "may_issue": request.role >= Role.MARKETER})


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "POST"])
def new(request: MerchantRequest) -> HttpResponse:
    """Choose a campaign, and with ?campaign= who of the audience gets what; then begin a draft."""
    choices = listing.choices(merchant=request.merchant, at=timezone.now())
    asked = request.GET.get("campaign")
    if asked is None:
        return render(request, "issuance/choose_campaign.html", {"choices": choices})
    choice = next((choice for choice in choices if str(choice.campaign.pk) == asked), None)
    if choice is None:
        raise Http404
    form = StartForm(posted(request), arms=choice.arms)
    if request.method != "POST" or not form.is_valid():
        return render(request, "issuance/start.html", {"choice": choice, "form": form})
    try:
        issuance = drafts.start(
            campaign=choice.campaign, by=request.user, at=timezone.now(), only_variant=form.only_variant
        )
    except drafts.NotLive:
        messages.error(request, "This campaign is no longer live at Thanx. Please choose another one.")
        return redirect("issuance:new", request.merchant.handle)
    except drafts.NoShares as refusal:
        form.add_error("arm", str(refusal))
        return render(request, "issuance/start.html", {"choice": choice, "form": form})
    return redirect(place("people", issuance))


@at_merchant(Role.VIEWER)
@require_GET
def sample(request: MerchantRequest) -> HttpResponse:  # noqa: ARG001
    """Offer a file that shows what is wanted."""
    response = HttpResponse("\ufeff" + SAMPLE, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sample-guests.csv"'
    return response
