"""The API log: all calls to Thanx."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from certification.calls import exchanges
from certification.pages.api_log import log_page
from certification.pages.exchange import exchange_page


@for_installation(Act.READ_PROOFS)
@require_GET
def index(request: PortalRequest) -> HttpResponse:
    return render(request, "staff/api_log.html", {"page": log_page(query=request.GET, at=timezone.now())})


@for_installation(Act.READ_PROOFS)
@require_GET
def detail(request: PortalRequest, exchange_id: int) -> HttpResponse:
    exchange = get_object_or_404(exchanges.newest_first(), pk=exchange_id)
    return render(request, "staff/exchange.html", {"page": exchange_page(exchange)})
