"""Looking for a guest: what somebody types is posted, so that no address, history or log holds it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.guards import MerchantRequest
from issuance.jobs.guest_search import sought

LONGEST_TEXT = 200


def to_found(request: MerchantRequest) -> HttpResponse:
    """Lead to the same page with whom somebody looks for; with an empty text to everybody."""
    text = request.POST.get("q", "").strip()[:LONGEST_TEXT]
    who = f"?who={sought(text, merchant=request.merchant).token}" if text else ""
    return redirect(f"{request.path}{who}#guests")
