"""Whether the portal is well: answers for machines, one page for operators."""

from __future__ import annotations

import secrets
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.guards import PortalRequest, public, staff_only
from thanx_portal.health import findings, readiness
from thanx_portal.health import metrics as scraped
from thanx_portal.health.page import HealthPage


@public
@require_safe
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say that this process answers; nothing else is asked, so that a slow database does not restart web servers."""
    return HttpResponse("ok", content_type="text/plain")


@public
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say whether the installation does its work, and what keeps it: 200 when all is well, else 503."""
    found = readiness.as_json(readiness.checks(at=timezone.now()))
    status = HTTPStatus.OK if found["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(found, status=status, headers={"Cache-Control": "no-store"})


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Let Prometheus scrape, which proves itself by METRICS_TOKEN, and operators look. It does not exist for others."""
    if not _is_scraper(request) and not request.user.is_staff:
        if not settings.METRICS_TOKEN:
            raise Http404
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    body, content_type = scraped.exposition(at=timezone.now(), accept=request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def _is_scraper(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not settings.METRICS_TOKEN:
        return False
    return secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())


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
        findings.sending(),
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
