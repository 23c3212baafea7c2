"""The list of issuances, and discarding several drafts of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from issuance.drafts import drafts
from issuance.pages.listing import IssuanceFilterForm, list_page, ticked_drafts
from issuance.views.fetch import CHANGED
from ui.messages import message_on
from ui.wording import counted


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    form = IssuanceFilterForm(request.GET, merchant=request.merchant)
    page = list_page(merchant=request.merchant, form=form, number=request.GET.get("page", "1"), at=timezone.now())
    return render(request, "issuance/list.html", {"page": page})


@at_merchant(Act.PREPARE_ISSUANCES)
@require_POST
def discard_drafts(request: MerchantRequest) -> HttpResponse:
    """Ask for confirmation, then discard the ticked drafts."""
    back = f"{reverse('issuance:list', args=[request.merchant.handle])}?status=draft"
    ticked = list(ticked_drafts(request.merchant, numbers=request.POST.getlist("draft")))
    if not ticked:
        messages.info(request, "Tick the drafts that you want to discard.")
        return redirect(back)
    if "sure" not in request.POST:
        return render(request, "issuance/discard_drafts.html", {"drafts": ticked, "back": back})
    done = 0
    for draft in ticked:
        with message_on(request, CHANGED, level=messages.ERROR):
            drafts.discard(issuance=draft, by=request.user, at=timezone.now())
            done += 1
    messages.success(request, f"{counted(done, 'draft')} discarded. Nothing of them was sent.")
    return redirect(back)
