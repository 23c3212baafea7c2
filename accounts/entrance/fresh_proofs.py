"""A fresh proof by the provider of single sign-on, for users who have neither a password here nor a second factor.

The provider asks its user to sign in once more and says when that was (OpenID Connect Core 3.1.2.1: `prompt`,
`max_age`, `auth_time`). A provider that only sends the user back has proven nothing.
"""

import time
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from accounts.recent_sign_in import BY_PROVIDER

PAGE = "fresh-proof"
ASKED_AT = "fresh_proof_asked_at"
CLOCKS_APART = 60
"""Seconds by which the provider's clock may be behind ours."""

NOT_FRESH = (
    "{provider} did not say that you have just signed in there, so nothing was changed. Please try again. If it stays"
    " like this, set a password of this portal, and confirm with that."
)
ANOTHER_USER = "You signed in at {provider} as another user, so nothing was changed. Please sign in as {user}."


def is_possible(user: Any) -> bool:
    """Return whether the provider of single sign-on knows the user."""
    if not settings.SOCIALACCOUNT_PROVIDERS:
        return False
    known: bool = SocialAccount.objects.filter(user=user, provider=settings.OIDC_PROVIDER["provider_id"]).exists()
    return known


def is_offered(user: User) -> bool:
    """Return whether the user may prove it this way: with a second factor it does not count."""
    return any(way["id"] == PAGE for way in get_account_adapter().get_reauthentication_methods(user))


def is_fresh(request: HttpRequest, *, for_seconds: int) -> bool:
    """Return whether the user has brought a proof within this time."""
    shown = [
        record["at"] for record in get_authentication_records(request, request.user) if record.get("reauthenticated")
    ]
    return bool(shown) and time.time() - shown[-1] < for_seconds


def ask(request: HttpRequest, *, at: datetime, wanted: str) -> HttpResponseBase:
    """Send the user to the provider. `wanted`: the page that they come back to."""
    provider = get_adapter().get_provider(request, settings.OIDC_PROVIDER["provider_id"])
    asked: HttpResponseBase = provider.redirect(
        request,
        process=AuthProcess.REDIRECT,
        next_url=wanted,
        data={ASKED_AT: at.timestamp()},
        auth_params={"prompt": "login", "max_age": "0"},
    )
    return asked


def is_answer(sociallogin: Any) -> bool:
    """Return whether a user comes back from the provider because a fresh proof was asked for."""
    return ASKED_AT in (sociallogin.state.get("data") or {})


def take(request: Any, sociallogin: Any) -> HttpResponseBase:
    """Take the provider's answer, and go on with what waits for the proof, or ask again."""
    wanted = sociallogin.state.get("next") or ""
    problem = _problem(request, sociallogin)
    if problem:
        messages.error(request, problem.format(provider=settings.OIDC_NAME, user=request.user))
        return redirect(f"{reverse(PAGE)}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")
    record_authentication(request, request.user, method=BY_PROVIDER, reauthenticated=True)
    request.GET = QueryDict(urlencode({REDIRECT_FIELD_NAME: wanted}))
    return resume_request(request) or redirect(settings.LOGIN_REDIRECT_URL)


def proven_at(sociallogin: Any) -> float:
    """Return when the user last typed something secret at the provider: 0 if it does not say."""
    said = (sociallogin.account.extra_data.get("id_token") or {}).get("auth_time")
    return min(float(said), time.time()) if isinstance(said, int | float) else 0


def _problem(request: HttpRequest, sociallogin: Any) -> str:
    if not isinstance(request.user, User) or sociallogin.user != request.user or not is_offered(request.user):
        return ANOTHER_USER
    asked_at: float = sociallogin.state["data"][ASKED_AT]
    return NOT_FRESH if proven_at(sociallogin) < asked_at - CLOCKS_APART else ""
