"""The audit trail as a page and as a CSV file, for managers of a merchant and for operators."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.guards import MerchantRequest, PortalRequest, at_merchant, for_installation
from accounts.models import AuditEntry
from accounts.permissions import Act
from accounts.user_limits import limited
from thanx_portal.audit.trail import trail_csv, trail_page
from ui.downloads import as_file

EXPORTED = "audit trail exported"


@at_merchant(Act.READ_AUDIT)
@require_GET
def of_merchant(request: MerchantRequest) -> HttpResponse:
    return render(request, "audit.html", {"page": trail_page(request.merchant, query=request.GET)})


@at_merchant(Act.READ_AUDIT)
@limited("exports")
@require_GET
def csv_of_merchant(request: MerchantRequest) -> StreamingHttpResponse:
    name = f"audit-{request.merchant.handle}.csv"
    audit.record(action=EXPORTED, on=request.merchant, by=request.user, at=timezone.now(), **_file(request, name))
    return as_file(trail_csv(request.merchant, query=request.GET), name=name)


@for_installation(Act.READ_AUDIT)
@require_GET
def of_all_merchants(request: PortalRequest) -> HttpResponse:
    return render(request, "audit.html", {"page": trail_page(None, query=request.GET)})


@for_installation(Act.READ_AUDIT)
@limited("exports")
@require_GET
def csv_of_all_merchants(request: PortalRequest) -> StreamingHttpResponse:
    at = timezone.now()
    audit.record(action=EXPORTED, on=AuditEntry, by=request.user, at=at, **_file(request, "audit.csv"))
    return as_file(trail_csv(None, query=request.GET), name="audit.csv")


def _file(request: PortalRequest, name: str) -> dict[str, Any]:
    merchant_id = getattr(getattr(request, "merchant", None), "pk", None)
    return {"merchant_id": merchant_id, "file": name, "filtered": bool(request.GET)}
