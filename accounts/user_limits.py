"""Limits per user and minute on what costs calls to Thanx or time: one user must not use up what all need."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts import kept_posts
from accounts.models import User, UserMinute

Params = ParamSpec("Params")

WHAT = {
    "look_ups": "asked Thanx about a guest",
    "checks": "had something checked or read at Thanx",
    "exports": "downloaded a list",
    "searches": "searched",
    "rows": "opened a row of a list",
}
WHY = {
    "look_ups": "All users share one number of calls to Thanx.",
    "checks": "All users share one number of calls to Thanx.",
    "exports": "A large list keeps the portal busy.",
    "searches": "A search keeps the portal busy.",
    "rows": "Finding a row in a large list keeps the portal busy.",
}


class LimitReached(Exception):
    """The user has done this often enough in this minute."""


def count_act(kind: str, *, user: User, at: datetime) -> None:
    """Count one more of a user's acts in this minute. Raises LimitReached, and then counts nothing."""
    most, minute = settings.PER_USER_AND_MINUTE[kind], at.replace(second=0, microsecond=0)
    rows = UserMinute.objects.filter(user=user, kind=kind)
    if rows.filter(minute=minute, used__lt=most).update(used=F("used") + 1):
        return
    if most > 0 and (rows.exclude(minute=minute).update(minute=minute, used=1) or _is_first(user, kind, minute)):
        return
    if not rows.filter(minute=minute, used__lt=most).update(used=F("used") + 1):  # another request began the minute
        raise LimitReached


def _is_first(user: User, kind: str, minute: datetime) -> bool:
    try:
        with transaction.atomic():
            UserMinute.objects.create(user=user, kind=kind, minute=minute, used=1)
    except IntegrityError:
        return False
    return True


def limited(
    kind: str, *, when: Callable[[HttpRequest], bool] = lambda _: True
) -> Callable[[Callable[Params, HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Limit how often a user may use a view, for requests of which `when` holds. Stands below the guard."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def counted(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            now = timezone.now()
            try:
                if when(request):
                    count_act(kind, user=request.user, at=now)
            except LimitReached:
                return _wait_a_moment(request, kind, seconds=60 - now.second)
            return view(request, *args, **kwargs)

        counted.limited = kind  # type: ignore[attr-defined]
        return counted

    return decorate


def posted(request: HttpRequest) -> bool:
    """For pages that cost something only when their form is sent."""
    return request.method == "POST"


def searched(request: HttpRequest) -> bool:
    """For pages that are searched by `q`, in the address or in a form."""
    return bool(request.GET.get("q") or request.POST.get("q"))


def _wait_a_moment(request: HttpRequest, kind: str, *, seconds: int) -> HttpResponseBase:
    most = settings.PER_USER_AND_MINUTE[kind]
    times = "once" if most == 1 else f"{most} times"
    why = f"You have {WHAT[kind]} {times} within a minute, which is the limit. {WHY[kind]}"
    return too_often(request, why=why, seconds=seconds)


def too_often(request: HttpRequest, *, why: str, seconds: int | None, may_keep: bool = True) -> HttpResponse:
    """Return a page that says why, and when to go on; a part of a page gets a part. `seconds` None: some minutes.

    `may_keep`: what was posted holds no secret.
    """
    when = f"Please go on in {seconds} seconds." if seconds else "Please wait a few minutes."
    status = HTTPStatus.TOO_MANY_REQUESTS
    if request.method == "POST" and may_keep:
        kept = kept_posts.posted_in(request)
        answer = kept_posts.again(request, kept, why=f"{why} {when}", wait=seconds, status=status)
    else:
        is_part = request.method == "GET" and request.headers.get("HX-Request")
        template = "components/too_often.html" if is_part else "too_often.html"
        said = {"text": why, "wait": f"{when} Nothing was changed.", "again": request.get_full_path()}
        answer = render(request, template, said, status=status)
    if seconds:
        answer.headers["Retry-After"] = str(seconds)
    return answer
