"""/healthz, /readyz and /metrics for machines, and the health page for operators."""

import secrets
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts import permissions
from accounts.guards import PortalRequest, for_installation, public
from accounts.permissions import Act
from thanx_portal.health import metrics as scraped
from thanx_portal.health import readiness
from thanx_portal.health.findings import health_page


@public
@require_safe
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer "ok" while this process runs. No query: a slow database must not restart web servers."""
    return HttpResponse("ok", content_type="text/plain")


@public
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer with the checks of readiness as JSON: 200 if all pass, else 503."""
    found = readiness.as_json(readiness.checks(at=timezone.now()))
    status = HTTPStatus.OK if found["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(found, status=status, headers={"Cache-Control": "no-store"})


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Send the metrics to Prometheus (by METRICS_TOKEN) and to operators. Others get 401, or 404 without a token."""
    if not _is_scraper(request) and not permissions.may(request.user, Act.WATCH_HEALTH):
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


@for_installation(Act.WATCH_HEALTH)
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    return render(request, "staff/health.html", {"page": health_page(at=timezone.now())})
