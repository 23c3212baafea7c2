"""Sending once more what the portal did not take: after a sign-in, or from a form that was open for too long."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import kept_posts, user_limits
from accounts.guards import PortalRequest, signed_in

SIGNED_OUT = "You were signed out before the portal could take this."
OLD_FORM = "This form was open for a long time, or you have signed in again since you opened it."
OFTEN = "You have tried this very often."
GONE = "What you typed before you signed in is not kept any longer. Nothing of it was sent."

NO_SECRETS = frozenset({"email", "login", "next", "action_add", "action_primary", "action_remove", "action_send"})
"""Fields of the entrance's forms that may be written into a page."""


@signed_in
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    """Show what waited for the sign-in, with a button that sends it."""
    kept = kept_posts.of_session(request, at=timezone.now())
    if kept is None:
        messages.info(request, GONE)
        return redirect("home")
    return kept_posts.again(request, kept, why=SIGNED_OUT)


def too_old(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001 (Django's signature)
    """Answer a form whose CSRF token is not valid any longer."""
    if not kept_posts.may_be_sent_again(request):
        return render(request, "403_csrf.html", {"again": request.path}, status=HTTPStatus.FORBIDDEN)
    if not request.user.is_authenticated:
        return kept_posts.sign_in_first(request, at=timezone.now())
    kept = kept_posts.posted_in(request)
    return kept_posts.again(request, kept, why=OLD_FORM, status=HTTPStatus.FORBIDDEN)


def too_often(request: HttpRequest) -> HttpResponse:
    """Answer one of allauth's forms that was sent too often. What holds a secret must be typed again."""
    names = {name for name, _ in kept_posts.posted_in(request).fields}
    return user_limits.too_often(request, why=OFTEN, seconds=None, may_keep=names <= NO_SECRETS)
