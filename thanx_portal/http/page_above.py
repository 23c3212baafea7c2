"""Leads from an address that only takes forms to the page above it: after a sign-in it may be in the address bar."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

GetResponse = Callable[[HttpRequest], HttpResponse]


def page_above(get_response: GetResponse) -> GetResponse:
    """Middleware that knows the view. Machines get the status 405, as the views answer."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        is_form_only = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET"
        if is_form_only and match and getattr(match.func, "guard", "public") != "public":
            return redirect(_above(request.path))
        return response

    return answered


def _above(path: str) -> str:
    """Return the nearest address above: if that takes only forms, too, the browser is led on from there."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return path
