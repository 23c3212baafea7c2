"""Rejects requests whose connection ended early, so that a part of a file is never taken for the whole.

Web servers pass on what has arrived when a connection ends, and Django's form parser takes that for the end of the
file. Half a list of guests would look like a short list.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
GetResponse = Callable[[HttpRequest], HttpResponse]


class BrokeOff(OSError):
    """The connection ended before the body did. Django turns it into UnreadablePostError."""


def whole_bodies(application: Application) -> Application:
    """Wrap a WSGI application: reading a body that is shorter than its Content-Length raises BrokeOff."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        announced = environ.get("CONTENT_LENGTH") or "0"
        if announced.isdecimal():
            environ["wsgi.input"] = _CheckedBody(environ["wsgi.input"], length=int(announced))
        return application(environ, start_response)

    return guarded


class _CheckedBody:
    def __init__(self, body: Any, *, length: int) -> None:
        self._body, self._left = body, length

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes. Raises BrokeOff where bytes are missing."""
        return self._checked(self._body.read(size if size >= 0 else self._left), size)

    def readline(self, size: int = -1) -> bytes:
        """Return one line, or up to `size` bytes of it. Raises BrokeOff where bytes are missing."""
        return self._checked(self._body.readline(size if size >= 0 else self._left), size)

    def _checked(self, found: bytes, size: int) -> bytes:
        if not found and size and self._left > 0:
            raise BrokeOff(f"{self._left} bytes are missing")
        self._left -= len(found)
        return found


class AnswerBrokenOff:
    """Middleware that answers a broken-off form with a page, before the CSRF check would hide the cause."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Read the whole form before the view runs."""
        if request.content_type != "multipart/form-data":
            return None
        try:
            request.POST  # noqa: B018 - reads it
        except (UnreadablePostError, MultiPartParserError):
            return self._answer(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a body of another kind that broke off while the view was reading it."""
        return self._answer(request) if isinstance(exception, UnreadablePostError) else None

    def _answer(self, request: HttpRequest) -> HttpResponse:
        return render(request, "broke_off.html", {"again": request.path}, status=400)
