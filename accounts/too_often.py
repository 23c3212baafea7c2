"""The answer to a request that came too often. Nothing that was typed is lost: the page sends it again, once it may."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import kept_posts

OF_THE_ENTRANCE = frozenset({"email", "login", "next", "action_add", "action_primary", "action_remove", "action_send"})
"""The fields of the entrance's forms that are no secrets. A form with another one must be filled in again."""


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


def at_the_entrance(request: HttpRequest) -> HttpResponse:
    """Answer one of allauth's forms that was sent too often. The project's addresses name it `handler429`."""
    names = {name for name, _ in kept_posts.posted_in(request).fields}
    why = "You have tried this very often."
    return too_often(request, why=why, seconds=None, may_keep=names <= OF_THE_ENTRANCE)
