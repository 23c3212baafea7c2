"""Guests' data at a merchant: their lifetime, and the erasure and the export of one guest."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from guests.erasure.erasing import ask_to_erase
from guests.erasure.guest_file import guest_file
from guests.forms import OneGuestForm, RetentionForm
from guests.lifetimes.retention import set_retention
from guests.models import GuestErasure
from guests.pages.personal_data import personal_data_page, receipt_page


@at_merchant(Act.SEE_MERCHANT, to_post=Act.CHANGE_SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest) -> HttpResponse:
    form = RetentionForm(request.POST or None, initial={"days": request.merchant.retention_days})
    if request.method == "POST" and form.is_valid():
        set_retention(merchant=request.merchant, days=form.cleaned_data["days"], by=request.user, at=timezone.now())
        messages.success(request, f"Guests' data are kept for {request.merchant.retention.days:,} days from now on.")
        return redirect("guests:personal-data", request.merchant.handle)
    return _shown(request, retention=form)


@at_merchant(Act.ERASE_GUESTS)
@require_POST
def erase_guest(request: MerchantRequest) -> HttpResponse:
    """Ask once more, then have the guest erased."""
    form = OneGuestForm(request.POST, merchant=request.merchant)
    if not form.is_valid():
        return _shown(request, guest=form)
    if not form.cleaned_data["confirmed"]:
        return render(request, "guests/personal_data_erase.html", {"form": form})
    asked = ask_to_erase(
        merchant=request.merchant,
        typed=form.typed,
        exclusions_too=form.cleaned_data["exclusions_too"],
        by=request.user,
        at=timezone.now(),
    )
    return redirect("guests:erasure", request.merchant.handle, asked.pk)


@at_merchant(Act.EXPORT_PEOPLE)
@require_POST
def export_guest(request: MerchantRequest) -> HttpResponse:
    form, now = OneGuestForm(request.POST, merchant=request.merchant), timezone.now()
    if not form.is_valid():
        return _shown(request, guest=form)
    audit.record(
        action="guest exported", on=request.merchant, by=request.user, at=now, merchant_id=request.merchant.pk, guests=1
    )
    document = guest_file(merchant=request.merchant, typed=form.typed, at=now)
    headers = {"Content-Disposition": 'attachment; filename="guest.json"', "Cache-Control": "no-store"}
    return JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2}, headers=headers)


@at_merchant(Act.ERASE_GUESTS)
@require_GET
def erasure(request: MerchantRequest, erasure_id: int) -> HttpResponse:
    """Show the receipt of an erasure."""
    rows = GuestErasure.objects.filter(merchant=request.merchant).select_related("asked_by")
    return render(
        request, "guests/personal_data_receipt.html", {"page": receipt_page(get_object_or_404(rows, pk=erasure_id))}
    )


def _shown(
    request: MerchantRequest, *, retention: RetentionForm | None = None, guest: OneGuestForm | None = None
) -> HttpResponse:
    shown = {
        "page": personal_data_page(request.merchant, at=timezone.now()),
        "retention": retention or RetentionForm(initial={"days": request.merchant.retention_days}),
        "guest": guest or OneGuestForm(merchant=request.merchant),
    }
    return render(request, "guests/personal_data.html", shown)
