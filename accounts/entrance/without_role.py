"""Users without any role, at a merchant or in the installation: they have no session, and get none."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import audit, permissions
from accounts.entrance import sessions
from accounts.models import Invitation, Membership, User

NO_ROLE = "Your account has no access any more. Ask a manager of your merchant, or an operator, to invite you."


def with_role(users: Iterable[User]) -> set[int]:
    """Return the numbers of those users who have a role. One query."""
    members = set(Membership.objects.filter(user__in=users).values_list("user_id", flat=True))
    return {user.pk for user in users if user.pk in members or permissions.installation_role(user) is not None}


def may_come_in(user: User, *, at: datetime) -> bool:
    """Return whether a user has a role, or may accept one."""
    if user.pk in with_role([user]):
        return True
    return Invitation.objects.pending().filter(email=user.email.lower(), expires_at__gt=at).exists()


def refused_sign_in(request: HttpRequest, user: User, *, at: datetime) -> HttpResponse | None:
    """Return the answer to a user without a role who signs in: None for all others."""
    if may_come_in(user, at=at):
        return None
    audit.record(action="sign-in without a role refused", on=user, by=user, at=at)
    messages.error(request, NO_ROLE)
    return redirect("account_login")


def send_out(user: User) -> None:
    """End the sessions of a user who has no role left."""
    if user.pk not in with_role([user]):
        sessions.end_all(user)
