"""Single sign-on by an OpenID Connect provider: for users who are there, and for those who are invited."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.utils import timezone

from accounts.entrance import fresh_proofs
from accounts.models import Invitation, User
from accounts.people import invitations


class OnlyInvited(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Makes accounts only for addresses with an invitation, which the provider says are the user's."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Take a fresh proof for what it is: it signs no user in."""
        if fresh_proofs.is_answer(sociallogin):
            raise ImmediateHttpResponse(fresh_proofs.take(request, sociallogin))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002 (allauth's)
        return bool(self._invitations(sociallogin))

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Make the account, and accept what its address is invited to."""
        waiting = self._invitations(sociallogin)
        user: User = super().save_user(request, sociallogin, form)
        for invitation in waiting:
            invitations.accept(invitation=invitation, user=user, at=timezone.now())
        return user

    def _invitations(self, sociallogin: Any) -> list[Invitation]:
        proven = {address.email.lower() for address in sociallogin.email_addresses if address.verified}
        email = (sociallogin.user.email or "").lower()
        return invitations.open_for(email, at=timezone.now()) if email in proven else []
