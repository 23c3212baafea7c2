"""Whether the portal is well: one answer for machines, one page for operators."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.guards import PortalRequest, public, staff_only
from thanx_portal import findings
from thanx_portal.pages import HealthPage


@public
@require_safe
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say that this process answers; nothing else is asked, so that a slow database does not restart web servers."""
    return HttpResponse("ok", content_type="text/plain")


@staff_only
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    """Show operators how the installation is, and the remedy for what is not well."""
    return render(request, "staff/health.html", {"page": health_page(at=timezone.now())})


def health_page(*, at: datetime) -> HealthPage:
    """Return what the health page shows, from our own rows: looking at it calls nobody."""
    found = [
        findings.worker(at=at),
        findings.credential(),
        findings.host(),
        findings.budget(at=at),
        findings.attention(),
        findings.unknown_outcomes(at=at),
        *findings.overdue(at=at),
    ]
    catalogs = findings.catalogs(at=at)
    return HealthPage(
        findings=found,
        catalogs=catalogs,
        to_see_to=sum(not finding.is_well for finding in [*found, *catalogs]),
    )
