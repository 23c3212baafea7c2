"""Views that take more than a megabyte. They say how much, so that a larger body is refused before it is read.

The web server asks a view about a large body before it reads it: it sends the request through every middleware and
guard, without the body and with ASKED in its META. So only a user who may use the view can send it a file.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase

MEBIBYTE = 1024 * 1024
MOST = MEBIBYTE
"""The largest body of every other view."""

ASKED = "portal.asked"
"""The key in META of a request that only asks. No client can send it: the names of headers become HTTP_…."""

View = Callable[..., HttpResponseBase]
SameView = TypeVar("SameView", bound=View)


USER = "X-Portal-User"
"""The header of the answer `yes` that names the user. It never leaves the process."""


def largest(view: View | None) -> int:
    """Return the size of the largest body that a view takes."""
    size: int = getattr(view, "largest_body", lambda: MOST)()
    return size


def asks_first(view: View | None) -> bool:
    """Whether only some users may send a view a large body."""
    return getattr(view, "asks_first", False)


def takes_up_to(size: int) -> Callable[[SameView], SameView]:
    """Let a view take larger bodies from everybody."""

    def mark(view: SameView) -> SameView:
        view.largest_body = lambda: size  # type: ignore[attr-defined]
        return view

    return mark


def takes_files(view: View) -> View:
    """Let a view take a file of guests, from users who pass the guard. Stands below the guard."""

    @wraps(view)
    def asked_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return yes(request.user.pk) if is_asked(request) else view(request, *args, **kwargs)

    # The form around the file needs some room, too.
    asked_first.largest_body = lambda: settings.MAX_UPLOAD_BYTES + MEBIBYTE  # type: ignore[attr-defined]
    asked_first.asks_first = True  # type: ignore[attr-defined]
    return asked_first


def is_asked(request: HttpRequest) -> bool:
    """Whether the body has not been read yet, and the view is only asked whether it may be sent."""
    return ASKED in request.META


def yes(user: object) -> HttpResponse:
    """Answer that the body may be sent."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={USER: str(user)})
