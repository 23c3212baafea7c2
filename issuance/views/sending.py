"""The stop-all switch, of a merchant and of the whole installation. A stop needs a reason."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MerchantRequest, PortalRequest, at_merchant, for_installation
from accounts.permissions import Act
from campaigns import halts
from campaigns.models import Merchant
from issuance.forms.sending import StopSendingForm
from issuance.jobs import holds
from issuance.pages.sending import sending_page
from ui.messages import message_on
from vault import masking

CHANGED_MEANWHILE = "Another user has done that already. This is how it stands now."


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def of_merchant(request: MerchantRequest) -> HttpResponse:
    may_act = request.rights.may(Act.STOP_SENDING)
    return _shown(request, request.merchant, StopSendingForm(), may_act=may_act)


@at_merchant(Act.STOP_SENDING)
@require_POST
def stop_merchant(request: MerchantRequest) -> HttpResponse:
    return _stopped(request, request.merchant)


@at_merchant(Act.STOP_SENDING)
@require_POST
def resume_merchant(request: MerchantRequest) -> HttpResponse:
    return _gone_on(request, request.merchant)


@for_installation(Act.STOP_SENDING)
@require_GET
def of_installation(request: PortalRequest) -> HttpResponse:
    return _shown(request, None, StopSendingForm(), may_act=True)


@for_installation(Act.STOP_SENDING)
@require_POST
def stop_installation(request: PortalRequest) -> HttpResponse:
    return _stopped(request, None)


@for_installation(Act.STOP_SENDING)
@require_POST
def resume_installation(request: PortalRequest) -> HttpResponse:
    """Resume sending; a merchant's own stop still holds."""
    return _gone_on(request, None)


def _shown(request: PortalRequest, merchant: Merchant | None, form: StopSendingForm, *, may_act: bool) -> HttpResponse:
    context = {"page": sending_page(merchant), "form": form, "may_act": may_act}
    return render(request, "issuance/sending.html", context)


def _stopped(request: PortalRequest, merchant: Merchant | None) -> HttpResponse:
    form = StopSendingForm(request.POST)
    if not form.is_valid():
        return _shown(request, merchant, form, may_act=True)
    reason = masking.masked_text(form.cleaned_data["reason"])  # without guests: everyone reads it
    with message_on(request, {halts.SwitchedAlready: CHANGED_MEANWHILE}):
        halts.stop(merchant=merchant, by=request.user, at=timezone.now(), reason=reason)
    return _back(merchant)


def _gone_on(request: PortalRequest, merchant: Merchant | None) -> HttpResponse:
    with message_on(request, {halts.SwitchedAlready: CHANGED_MEANWHILE}):
        holds.let_sending_go_on(merchant=merchant, by=request.user, at=timezone.now())
        messages.success(request, "Sending goes on.")
    return _back(merchant)


def _back(merchant: Merchant | None) -> HttpResponse:
    return redirect("issuance:sending", merchant.handle) if merchant else redirect("staff-sending")
