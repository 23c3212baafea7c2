"""Off-boarding of merchants, for operators: what there is, the archive, the erasure and its proof."""

import tempfile

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.guards import PortalRequest, for_installation
from accounts.models import AuditEntry
from accounts.permissions import Act
from campaigns.models import Merchant
from thanx_portal.offboarding.archive import write_archive
from thanx_portal.offboarding.leaving import StillAtWork, erase_merchant, left_at
from vault.data_map import PERSONAL

WHAT = {kept.table: kept.what for kept in PERSONAL}


class OffboardForm(forms.Form):
    """The merchant's handle, typed once more."""

    handle = forms.CharField(label="Type the handle of the merchant", max_length=100)

    def __init__(self, *args: object, merchant: Merchant, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._merchant = merchant

    def clean_handle(self) -> str:
        typed = str(self.cleaned_data["handle"]).strip()
        if typed != self._merchant.handle:
            raise forms.ValidationError(f"This is not the handle: {self._merchant.handle}.")
        return typed


@for_installation(Act.OFFBOARD_MERCHANTS)
@require_GET
def index(request: PortalRequest) -> HttpResponse:
    return render(request, "staff/offboarding.html", {"merchants": Merchant.objects.order_by("name")})


@for_installation(Act.OFFBOARD_MERCHANTS)
@require_GET
def detail(request: PortalRequest, handle: str) -> HttpResponse:
    merchant = get_object_or_404(Merchant, handle=handle)
    return _shown(request, merchant, OffboardForm(merchant=merchant))


@for_installation(Act.OFFBOARD_MERCHANTS)
@require_POST
def export(request: PortalRequest, handle: str) -> HttpResponseBase:
    """Send the archive. It is written to an unnamed file first, so that a large one needs no memory."""
    merchant, now = get_object_or_404(Merchant, handle=handle), timezone.now()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    guests = write_archive(file, merchant=merchant, at=now)
    audit.record(
        action="merchant exported", on=merchant, by=request.user, at=now, merchant_id=merchant.pk, guests=guests
    )
    file.seek(0)
    headers = {"Cache-Control": "no-store"}
    return FileResponse(file, as_attachment=True, filename=f"{merchant.handle}.zip", headers=headers)


@for_installation(Act.OFFBOARD_MERCHANTS)
@require_POST
def erase(request: PortalRequest, handle: str) -> HttpResponse:
    merchant = get_object_or_404(Merchant, handle=handle)
    form = OffboardForm(request.POST, merchant=merchant)
    if not form.is_valid():
        return _shown(request, merchant, form)
    try:
        erase_merchant(merchant=merchant, by=request.user, at=timezone.now())
    except StillAtWork as refusal:
        messages.error(request, f"Still at work: {refusal}. Nothing was erased.")
    else:
        messages.success(request, "Everything about the merchant's guests is erased.")
    return redirect("staff-offboard", merchant.handle)


def _shown(request: PortalRequest, merchant: Merchant, form: OffboardForm) -> HttpResponse:
    proofs = AuditEntry.objects.filter(merchant=merchant, action="merchant off-boarded").order_by("-pk")
    left = [(WHAT[table], count) for table, count in left_at(merchant).items()]
    shown = {"merchant": merchant, "left": left, "proof": proofs.first(), "form": form}
    return render(request, "staff/offboarding_merchant.html", shown)
