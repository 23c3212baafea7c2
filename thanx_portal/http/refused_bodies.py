"""Answers requests whose bodies the web server has refused before reading them, with a page that says why."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat

from accounts import large_bodies

REFUSED = "portal.refused"
"""The key in META of a request whose body was refused, with the status. No client can send it."""

GetResponse = Callable[[HttpRequest], HttpResponse]


def refused_bodies(get_response: GetResponse) -> GetResponse:
    """Middleware above the check of CSRF, which would miss its token in the body."""

    def answered(request: HttpRequest) -> HttpResponse:
        if REFUSED in request.META:
            return _page(request, HTTPStatus(request.META[REFUSED]))
        if large_bodies.is_asked(request):
            request.csrf_processing_done = True  # type: ignore[attr-defined]
        return get_response(request)

    return answered


def _page(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    match status:
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            title, most = "This is too large", filesizeformat(settings.MAX_UPLOAD_BYTES)
            text = (
                f"A file may have up to {most}, so nothing of it was kept. Please split it and add the parts in turn."
            )
        case HTTPStatus.SERVICE_UNAVAILABLE:
            title = "Too many files at once"
            text = "Other files are still arriving, so nothing of yours was kept. Please try again in a minute."
        case _:
            title, text = "This request cannot be read", "Nothing of it was kept. Please try again."
    return render(request, "refused_body.html", {"title": title, "text": text, "again": request.path}, status=status)
