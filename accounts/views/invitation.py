"""The page behind the link of an invitation. A visitor with the link reads the emails that go to the address."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.entrance import addresses
from accounts.forms.invitation import NewAccountForm
from accounts.guards import public
from accounts.models import Invitation, User
from accounts.people import invitations
from accounts.people.invitations import InvitationOver


@public
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: with the account of the invited address, or with a new one."""
    try:
        invitation = invitations.find(token, at=timezone.now())
        if addresses.is_of_another(invitation.email, than=None):
            return _with_an_account(request, invitation)
        return _without_account(request, invitation)
    except InvitationOver:
        return render(request, "accounts/invitation_over.html", status=HTTPStatus.NOT_FOUND)


def _with_an_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    user = request.user
    is_theirs = isinstance(user, User) and user.email.lower() == invitation.email and addresses.is_proven(user)
    if request.method != "POST" or not is_theirs:
        return _shown(request, invitation, is_theirs=is_theirs)
    assert isinstance(user, User)
    invitations.accept(invitation=invitation, user=user, at=timezone.now())
    messages.success(request, f"You are {invitation.role_label} now.")
    return redirect("merchant-home", invitation.merchant.handle) if invitation.merchant else redirect("home")


def _without_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _shown(request, invitation, form=form)
    answers = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "password")}
    try:
        invitations.accept_with_new_account(invitation=invitation, **answers, at=timezone.now())
    except ValidationError as weak:
        form.add_error("password", weak)
        return _shown(request, invitation, form=form)
    messages.success(request, "Your account is ready. Sign in with the password that you have just chosen.")
    return redirect("account_login")


def _shown(request: HttpRequest, invitation: Invitation, **more: Any) -> HttpResponse:
    return render(request, "accounts/invitation.html", {"invitation": invitation, **more})
