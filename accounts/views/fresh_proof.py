"""Asking the provider of single sign-on for a fresh proof that it is still the same user."""

from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.entrance import fresh_proofs
from accounts.guards import signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Any) -> HttpResponseBase:
    """Say what comes next; then send the user to the provider, which sends them back to what waits."""
    if not fresh_proofs.is_offered(request.user):
        return redirect("account_reauthenticate")
    wanted = get_next_redirect_url(request) or ""
    if request.method == "POST":
        return fresh_proofs.ask(request, at=timezone.now(), wanted=wanted)
    return render(request, "accounts/fresh_proof.html", {"provider": settings.OIDC_NAME, "wanted": wanted})
