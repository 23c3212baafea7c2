"""Acts that spend rewards, take them away or act as a guest need a sign-in that is not long ago.

What was posted is kept, and goes on when the user has shown that it is still them. It is dropped when they show that
for another purpose, or much later.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import stash_and_reauthenticate
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import resolve, reverse
from django.utils.http import urlencode

from accounts.kept_posts import KeptPost, account_of, keep, lead_to, posted_in

SIGNED_IN_AT = "signed_in_at"
"""The key of a session under which the entrance notes when it began."""

PROVEN_AT = "proven_at"
"""The key under which the entrance notes when a user of single sign-on last typed something secret at the provider."""

BY_PROVIDER = "socialaccount"
"""allauth's name of a sign-in by a provider, which may let in users without asking them for anything."""

AT_ONCE = timedelta(minutes=15)
"""Within this time it goes on without another click."""

RESUME = f"{__name__}.resume"


def is_recent(request: HttpRequest, *, at: datetime) -> bool:
    """Whether the user of this session has signed in, or shown that it is still them, within RECENT_SIGN_IN."""
    records = get_authentication_records(request, request.user)
    shown = [record["at"] for record in records if record["method"] != BY_PROVIDER or record.get("reauthenticated")]
    latest = max([request.session.get(PROVEN_AT, request.session.get(SIGNED_IN_AT, 0)), *shown])
    within: timedelta = settings.RECENT_SIGN_IN
    return timedelta(seconds=at.timestamp() - latest) < within


def asked_again(request: Any, *, at: datetime) -> HttpResponseBase:
    """Lead to the page that asks whether it is still the same user; what was posted waits.

    A user who has none of the ways to show it signs in anew.
    """
    kept = posted_in(request)
    if not get_adapter().get_reauthentication_methods(request.user):
        logout(request)
        return keep(request, kept, at=at)
    page = stash_and_reauthenticate(request, {"sealed": kept.sealed(), "at": at.timestamp()}, RESUME).url
    return lead_to(request, f"{page}?{urlencode({REDIRECT_FIELD_NAME: request.path})}")


def resume(request: Any, state: dict[str, Any]) -> HttpResponseBase:
    """Go on with what was posted. allauth calls it when the user has shown that it is still them."""
    wanted = get_next_redirect_url(request, REDIRECT_FIELD_NAME) or reverse(settings.LOGIN_REDIRECT_URL)
    kept = KeptPost.opened(state["sealed"])
    is_old = datetime.now(UTC).timestamp() - state["at"] >= AT_ONCE.total_seconds()
    if is_old or wanted != kept.path or kept.account != account_of(request):
        return HttpResponseRedirect(wanted)
    request.method, request.path, request.path_info = "POST", kept.path, kept.path
    request.GET, request.POST = QueryDict(kept.query), kept.posted
    found = request.resolver_match = resolve(kept.path)
    answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    return answer
