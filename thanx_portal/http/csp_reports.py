"""The address to which browsers report what the content security policy has kept a page from loading."""

import json
import logging
import time
from collections import deque
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.guards import public

logger = logging.getLogger("portal.csp")

LARGEST = 64 * 1024
LINES_PER_MINUTE = 10
"""In the log of one process: anybody may send reports, and a page that is wrong makes many browsers send the same."""

_written: deque[float] = deque(maxlen=LINES_PER_MINUTE)


@public
@csrf_exempt
@require_POST
def reports(request: HttpRequest) -> HttpResponse:
    """Log what a page asked for, without its address: that may name a guest."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
            return HttpResponse("Too large.", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse("Not a report.", status=HTTPStatus.BAD_REQUEST)
    for report in (found if isinstance(found, list) else [found])[:LINES_PER_MINUTE]:
        _log(report)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _log(report: Any) -> None:
    """Log one report: browsers send {"csp-report": …}, or a list of {"type": "csp-violation", "body": …}."""
    body = report.get("csp-report", report.get("body")) if isinstance(report, dict) else None
    now = time.monotonic()
    if not isinstance(body, dict) or (len(_written) == LINES_PER_MINUTE and now - _written[0] < 60):  # noqa: PLR2004
        return
    _written.append(now)
    directive = body.get("effective-directive", body.get("effectiveDirective", body.get("violated-directive", "")))
    blocked = body.get("blocked-uri", body.get("blockedURL", ""))
    page = body.get("document-uri", body.get("documentURL", ""))
    logger.warning("%s was kept from %s by %s", _route(page), _host(blocked), _word(directive))


def _route(url: Any) -> str:
    try:
        return resolve(urlsplit(str(url)).path).route or "/"
    except (Resolver404, ValueError):
        return "(no such address)"


def _host(url: Any) -> str:
    try:
        return _word(urlsplit(str(url)).hostname or url)
    except ValueError:
        return "(no address)"


def _word(text: Any) -> str:
    """Return the beginning of a stranger's text, in letters that cannot pass for a line of the log."""
    return "".join(letter for letter in str(text)[:60] if letter.isascii() and (letter.isalnum() or letter in "-._"))
