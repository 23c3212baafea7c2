"""Requests that broke off on the way: a part of a file is never taken for the whole of it.

Web servers hand on what has arrived when a connection ends, and the parser of forms takes the end of that for the end
of the file. Half a list of guests would then look like a short list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
GetResponse = Callable[[HttpRequest], HttpResponse]


class BrokeOff(OSError):
    """The connection ended before the body did. Django tells its readers as UnreadablePostError."""


def whole_bodies(application: Application) -> Application:
    """Return the application with bodies that end where they said, or raise BrokeOff."""

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.get("CONTENT_LENGTH") or "0"
        if said.isdecimal():
            environ["wsgi.input"] = _Whole(environ["wsgi.input"], length=int(said))
        return application(environ, start_response)

    return guarded


class _Whole:
    """A body of a known length."""

    def __init__(self, body: Any, *, length: int) -> None:
        self._body, self._left = body, length

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes. Raises BrokeOff where bytes are missing."""
        return self._counted(self._body.read(size if size >= 0 else self._left), size)

    def readline(self, size: int = -1) -> bytes:
        """Return one line, or up to `size` bytes of it. Raises BrokeOff where bytes are missing."""
        return self._counted(self._body.readline(size if size >= 0 else self._left), size)

    def _counted(self, found: bytes, size: int) -> bytes:
        if not found and size and self._left > 0:
            raise BrokeOff(f"{self._left} bytes are missing")
        self._left -= len(found)
        return found


class ToldInWords:
    """Answers a form that broke off with a page that says so: Django's check of tokens, which comes next, hides it."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Read the form before anybody acts on it."""
        if request.content_type != "multipart/form-data":
            return None
        try:
            request.POST  # noqa: B018 - reads it
        except (UnreadablePostError, MultiPartParserError):
            return self._told(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Tell of whatever else was being read when it ended."""
        return self._told(request) if isinstance(exception, UnreadablePostError) else None

    def _told(self, request: HttpRequest) -> HttpResponse:
        return render(request, "broke_off.html", {"again": request.path}, status=400)
