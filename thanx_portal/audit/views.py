"""The audit trail, for managers of a merchant and for operators: to be read and taken along, never changed."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.guards import MerchantRequest, PortalRequest, at_merchant, staff_only
from accounts.models import Role
from thanx_portal.audit.trail import trail_csv, trail_page
from ui.downloads import as_file


@at_merchant(Role.MANAGER)
@require_GET
def of_merchant(request: MerchantRequest) -> HttpResponse:
    """Show who did what at a merchant."""
    return render(request, "audit.html", {"page": trail_page(request.merchant, query=request.GET)})


@at_merchant(Role.MANAGER)
@require_GET
def csv_of_merchant(request: MerchantRequest) -> StreamingHttpResponse:
    """Offer what was looked for as a file."""
    return as_file(trail_csv(request.merchant, query=request.GET), name=f"audit-{request.merchant.handle}.csv")


@staff_only
@require_GET
def of_everybody(request: PortalRequest) -> HttpResponse:
    """Show who did what anywhere."""
    return render(request, "audit.html", {"page": trail_page(None, query=request.GET)})


@staff_only
@require_GET
def csv_of_everybody(request: PortalRequest) -> StreamingHttpResponse:
    """Offer what was looked for as a file."""
    return as_file(trail_csv(None, query=request.GET), name="audit.csv")
