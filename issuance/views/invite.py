"""Guests who are no members: a file to invite them with."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from issuance.followup import guest_files
from issuance.pages.invite import invite_page
from issuance.views.fetch import confirmed_issuance_of
from ui.downloads import as_file


@at_merchant(Role.MARKETER)
@require_GET
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Explain what an invitation does, offer the file, and let those be tried who have joined since."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return render(request, "issuance/invite.html", {"page": invite_page(issuance)})


@at_merchant(Role.MARKETER)
@require_GET
def download(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the file of those to invite."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return as_file(guest_files.invitations_csv(issuance), name=f"invite-{issuance.pk}.csv")
