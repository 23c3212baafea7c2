"""The audit trail as a page and as a CSV file, for managers of a merchant and for operators."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.guards import MerchantRequest, PortalRequest, at_merchant, for_installation
from accounts.permissions import Act
from accounts.user_limits import limited
from thanx_portal.audit.trail import trail_csv, trail_page
from ui.downloads import as_file


@at_merchant(Act.READ_AUDIT)
@require_GET
def of_merchant(request: MerchantRequest) -> HttpResponse:
    return render(request, "audit.html", {"page": trail_page(request.merchant, query=request.GET)})


@at_merchant(Act.READ_AUDIT)
@limited("exports")
@require_GET
def csv_of_merchant(request: MerchantRequest) -> StreamingHttpResponse:
    return as_file(trail_csv(request.merchant, query=request.GET), name=f"audit-{request.merchant.handle}.csv")


@for_installation(Act.READ_AUDIT)
@require_GET
def of_all_merchants(request: PortalRequest) -> HttpResponse:
    return render(request, "audit.html", {"page": trail_page(None, query=request.GET)})


@for_installation(Act.READ_AUDIT)
@limited("exports")
@require_GET
def csv_of_all_merchants(request: PortalRequest) -> StreamingHttpResponse:
    return as_file(trail_csv(None, query=request.GET), name="audit.csv")
