"""Giving up a draft."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from issuance.drafts import drafts
from issuance.pages.links import where_it_stands
from issuance.states import IssuanceState
from issuance.views.fetch import CHANGED, issuance_of
from ui.messages import message_on


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Ask, and then give up a draft."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.CONFIRMED:
        return redirect(where_it_stands(issuance))
    if request.method != "POST":
        asked = {"issuance": issuance, "back": where_it_stands(issuance)}
        return render(request, "issuance/discard_confirm.html", asked)
    with message_on(request, CHANGED, level=messages.ERROR):
        drafts.discard(issuance=issuance, by=request.user, at=timezone.now())
        messages.success(request, "The draft is discarded. Nothing of it was sent.")
        return redirect("issuance:list", request.merchant.handle)
    return redirect(where_it_stands(issuance))
