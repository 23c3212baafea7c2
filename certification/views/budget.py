"""The budget page: how much of Thanx's limits is used."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from certification.pages.budget import budget_page
from certification.pages.budget import gauge as gauge_now


@for_installation(Act.READ_PROOFS)
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    shown = budget_page(hours=request.GET.get("hours", ""), at=timezone.now())
    return render(request, "staff/budget.html", {"page": shown, "gauge": shown.gauge})


@for_installation(Act.READ_PROOFS)
@require_GET
def gauge(request: PortalRequest) -> HttpResponse:
    """Render the gauge alone; the open page fetches it every 2 s."""
    return render(request, "staff/budget_gauge.html", {"gauge": gauge_now(at=timezone.now())})
