"""Gives every request a correlation and logs one line with its route, never its URL.

A URL may contain a guest's name (`?q=`), so servers in front must not log queries either: see docs/operations.md.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

from accounts.guards import public
from engine import correlation

logger = logging.getLogger("portal.access")

HEADER = "X-Request-ID"
PROBES = {"healthz", "readyz", "metrics"}
GetResponse = Callable[[HttpRequest], HttpResponse]


def correlated(get_response: GetResponse) -> GetResponse:
    """Run a request under the X-Request-ID of its proxy, if the settings trust it, or a new one, and return the id.

    Anybody can send the header, and so choose what the audit trail and Thanx's calls are found by.
    """

    def with_correlation(request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        given = request.headers.get(HEADER, "") if settings.REQUEST_ID_FROM_PROXY else ""
        with correlation.bound(correlation.given_or_new(given)):
            response = get_response(request)
            response.headers[HEADER] = correlation.current()
            _log(request, response, ms=round((time.monotonic() - started) * 1000))
        return response

    return with_correlation


def _log(request: HttpRequest, response: HttpResponse, *, ms: int) -> None:
    match = request.resolver_match
    if match is None and response.status_code < HTTPStatus.BAD_REQUEST:
        return  # a static file
    route = match.route if match is not None else "(no such address)"
    repeats = route in PROBES or response.status_code == HTTPStatus.NO_CONTENT
    level = logging.DEBUG if repeats else logging.INFO
    facts = {"method": request.method, "route": route, "status": response.status_code, "ms": ms}
    logger.log(level, "%(method)s %(route)s %(status)s in %(ms)s ms", facts, extra=facts)


@public
def failed(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Render the page for status 500 with the correlation of the log. It needs neither database nor session."""
    page = loader.render_to_string("500.html", {"correlation": correlation.current()})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
