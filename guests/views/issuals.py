"""An issued reward at Capillary. What somebody types is posted, so that no address, history or log holds it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from guests.forms import IssualForm
from guests.lookup.issuals import AnotherOrganisation, look_up, refusal_of
from guests.pages.issual import issual_page
from partner_api import connect
from partner_api.calls.capillary import CodeCase
from partner_api.errors import PartnerError


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest) -> HttpResponse:
    """Ask for an issued reward and show it. Looking again asks Capillary again."""
    found = connect.capillary_configuration()
    form = IssualForm(request.POST or None, hosts=tuple(found.hosts))
    shown = {"form": form, "remedy": found.remedy, "linked": bool(request.merchant.capillary_org)}
    if found.remedy or not request.merchant.capillary_org or not form.is_valid():
        return render(request, "guests/issual.html", shown)
    now = timezone.now()
    try:
        issual = look_up(
            merchant=request.merchant,
            customer_id=form.cleaned_data["customer"],
            transaction_id=form.cleaned_data["transaction"],
            code_case=CodeCase(form.cleaned_data["code_case"]),
            host=form.cleaned_data["host"],
            by=request.user,
            at=now,
        )
    except (PartnerError, AnotherOrganisation) as problem:
        return render(request, "guests/issual.html", {**shown, "refusal": refusal_of(problem)})
    page = issual_page(issual, at=now, is_staff=request.user.is_staff)
    return render(request, "guests/issual.html", {**shown, "page": page})
