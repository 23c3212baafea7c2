"""The security headers of every answer."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def picture_sources(api_url: str) -> str:
    """Return the sources of images: this host, data URLs, and any https host: rewards' pictures may be anywhere.

    A sandbox on this machine serves its pictures over http, so its origin is added.
    """
    parts = urlsplit(api_url)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return f"'self' data: https: {parts.scheme}://{parts.netloc}" if local else "'self' data: https:"


def content_security_policy(api_url: str) -> str:
    """Return the policy: our own files only, no inline script or style, no framing, forms go to this host only."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src {picture_sources(api_url)}; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def security_headers(get_response: GetResponse) -> GetResponse:
    """Middleware that adds both policies to every answer, files and errors included. Django adds the other headers."""
    policy = content_security_policy(settings.THANX_API_URL)

    def with_headers(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return with_headers
