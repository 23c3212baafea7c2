"""The catalog as we know it. Pages never ask Thanx; a button lets a worker ask."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited, searched
from campaigns.catalog import freshness
from campaigns.catalog.refresh import ask_for_refresh, mark_used
from campaigns.pages.catalog import locations_page, rewards_page

PLACES = {"rewards", "locations", "list"}


@at_merchant(Act.SEE_MERCHANT)
@limited("searches", when=searched)
@require_GET
def rewards(request: MerchantRequest) -> HttpResponse:
    mark_used(merchant=request.merchant, at=timezone.now())
    page = rewards_page(request.merchant, query=request.GET.dict())
    return render(request, "campaigns/rewards.html", {"page": page})


@at_merchant(Act.SEE_MERCHANT)
@limited("searches", when=searched)
@require_GET
def locations(request: MerchantRequest) -> HttpResponse:
    mark_used(merchant=request.merchant, at=timezone.now())
    page = locations_page(request.merchant, query=request.GET.dict())
    return render(request, "campaigns/locations.html", {"page": page})


@at_merchant(Act.REFRESH_CATALOG)
@limited("checks")
@require_POST
def refresh(request: MerchantRequest) -> HttpResponse:
    now = timezone.now()
    found = ask_for_refresh(merchant=request.merchant, by=request.user, at=now)
    if found.is_asked:
        messages.success(request, "Thanx is being asked. Reload this page in a few seconds.")
    elif found.good_until is not None:
        again = freshness.wait(found.good_until, at=now)
        messages.info(request, f"This is what Thanx answered less than a minute ago. It can be asked again in {again}.")
    else:
        messages.info(request, "Thanx was asked a few seconds ago. Reload this page in a moment.")
    back = request.POST.get("back", "")
    return redirect(f"campaigns:{back if back in PLACES else 'rewards'}", request.merchant.handle)
