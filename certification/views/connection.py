"""How we stand with Thanx. The page shows the last check; a press of the button makes the calls."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import PortalRequest, staff_only
from certification import connection
from certification.pages.connection import diagnostics_page


@staff_only
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    """Show what the last check found."""
    return render(request, "staff/diagnostics.html", {"page": diagnostics_page(at=timezone.now())})


@staff_only
@require_POST
def run(request: PortalRequest) -> HttpResponse:
    """Ask Thanx now."""
    connection.diagnose(by=request.user, clock=timezone.now)
    return redirect("certification:diagnostics")
