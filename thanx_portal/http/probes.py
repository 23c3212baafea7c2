"""Probes and Prometheus reach a process by its address inside, with any Host header or none."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


def any_host(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: take a probe as if it named the portal. No answer to a probe has a link that a host could forge."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path in PATHS:
            request.META["HTTP_HOST"] = settings.FIRST_HOST
        return get_response(request)

    return middleware
