"""The list of a user's own sessions, and signing out of each and of all."""

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.entrance import sessions
from accounts.guards import PortalRequest, signed_in
from accounts.pages.sessions import sessions_page


@signed_in
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    page = sessions_page(request.user, current=request.session.session_key or "")
    return render(request, "accounts/sessions.html", {"page": page})


@signed_in
@require_POST
def end(request: PortalRequest, session_id: int) -> HttpResponse:
    """Sign out of one session. It may be the present one."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    if session.session_key == request.session.session_key:
        get_adapter().logout(request)
    session.end()
    messages.success(request, "Signed out there.")
    return redirect("usersessions_list")


@signed_in
@require_POST
def end_all(request: PortalRequest) -> HttpResponse:
    """Sign out everywhere, here as well."""
    sessions.end_all(request.user)
    get_adapter().logout(request)
    messages.success(request, "You are signed out everywhere.")
    return redirect("account_login")
