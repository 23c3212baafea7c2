"""The list of issuances."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from issuance.pages.listing import IssuanceFilterForm, list_page


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    form = IssuanceFilterForm(request.GET, merchant=request.merchant)
    page = list_page(merchant=request.merchant, form=form, number=request.GET.get("page", "1"), at=timezone.now())
    return render(request, "issuance/list.html", {"page": page})
