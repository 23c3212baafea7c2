"""What every request of a user who has signed in must have: a session that goes on, and the role's second factor."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from accounts.entrance import fresh_proofs, second_factors, sessions, without_role
from accounts.entrance.attempts import Browser, account_mark
from accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

AWAY = "You were signed out, because you were away or signed in for a long time."
OPEN_WITHOUT_FACTOR = frozenset(
    {"account_logout", "account_reauthenticate", fresh_proofs.PAGE, "openid_connect_callback"}
)
"""Pages beside those of second factors themselves."""


def sessions_end(get_response: GetResponse) -> GetResponse:
    """Sign out a user whose session is over; what was asked for then goes on as for any visitor."""

    def with_an_end(request: Any) -> HttpResponse:
        if request.user.is_authenticated:
            request.account_here = account_mark(request.user.email)
            if why := _why_it_ends(request, at=timezone.now()):
                logout(request)
                messages.info(request, why)
        else:
            request.account_here = next(iter(Browser.of(request).accounts), "")  # the latest
        return get_response(request)

    return with_an_end


def _why_it_ends(request: HttpRequest, *, at: datetime) -> str:
    """Return what to tell a user whose session ends now, else nothing."""
    if sessions.is_over(request, at=at):
        return AWAY
    assert isinstance(request.user, User)
    if sessions.note(request, at=at) and not without_role.may_come_in(request.user, at=at):
        return without_role.NO_ROLE
    return ""


class SecondFactorFirst:
    """Leads users whose role needs a second factor to where they set one up, whatever they ask for."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: Any, *_: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or not second_factors.is_missing(request.user):
            return None
        if second_factors.is_asked_elsewhere(request):
            return None
        name = request.resolver_match.url_name or ""
        if name.startswith("mfa_") or name in OPEN_WITHOUT_FACTOR:
            request.needs_second_factor = True
            return None
        return HttpResponseClientRedirect(reverse("mfa_index")) if request.htmx else redirect("mfa_index")
