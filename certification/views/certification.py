"""What certification checks, and how this installation stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.guards import PortalRequest, staff_only
from certification.pages.verdicts import certification_page


@staff_only
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    """Show every line with its verdict."""
    shown = certification_page(period=request.GET.get("period", ""), at=timezone.now())
    return render(request, "staff/certification.html", {"page": shown})
