"""The settings of allauth that are methods: no sign-up, whose an address is, and the portal's own error messages."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.entrance import addresses, attempts, fresh_proofs, mails, without_role
from accounts.entrance.attempts import Attempt, Browser
from accounts.entrance.mails import MailNotSent

logger = logging.getLogger(__name__)

NOT_SENT = "The mail server did not take the email. Please ask for it again later."

ADDRESS_IN_USE = (
    "A user of the portal asked to sign in with this email address. It belongs to your account, so nothing changed.",
    "If that was you: sign in to the account that has this address. You can set a new password there if you need one:",
    mails.link("/accounts/password/reset/"),
)


class ByInvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Users cannot sign up: managers and operators invite them."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This email address and this password do not belong together. Please check both.",
        "too_many_login_attempts": "Too many wrong passwords. Please wait a few minutes, or set a new password.",
        "duplicate_email": "This is your address already.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:  # noqa: FBT001
        """Mail the link that proves an address. The holder of an account with this address learns of the try instead.

        The page says the same in both cases, so that it does not reveal who has an account.
        """
        address = emailconfirmation.email_address
        try:
            if addresses.is_of_another(address.email, than=address.user):
                mails.send(to=address.email, subject="Your address is in use already", lines=ADDRESS_IN_USE)
            else:
                super().send_confirmation_mail(request, emailconfirmation, signup)
        except MailNotSent:
            messages.error(request, NOT_SENT)
            raise ImmediateHttpResponse(redirect(request.path)) from None

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an email of allauth's. Raises MailNotSent."""
        with mails.naming_refusals():
            super().send_mail(template_prefix, email, context)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Mail what has happened to an account. It has happened, even if the mail server does not take the email."""
        with _logged_if_not_sent():
            super().send_notification_mail(*args, **kwargs)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Take an address as proven, unless another account has it."""
        if addresses.is_of_another(email_address.email, than=email_address.user):
            self.add_message(
                request,
                messages.ERROR,
                "account/messages/email_confirmation_failed.txt",
                {"email": email_address.email},
            )
            return False
        confirmed: bool = super().confirm_email(request, email_address)
        return confirmed

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse a password unchecked once too many were wrong. allauth counts all accounts of an address as one."""
        self._attempt = Attempt(request, email=credentials.get("email", ""))
        if not self._attempt.is_admitted():
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        self._attempt.take_back()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        attempts.forgive(request, email=credentials["email"])

    def pre_login(self, request: HttpRequest, user: Any, **facts: Any) -> HttpResponse | None:
        """Refuse a user who has no role, nor an invitation to one. Only who has proven who they are learns of it."""
        answer: HttpResponse | None = super().pre_login(request, user, **facts)
        return answer or without_role.refused_sign_in(request, user, at=timezone.now())

    def post_login(self, request: HttpRequest, user: Any, **facts: Any) -> HttpResponse:
        """Remember the account on this browser."""
        response: HttpResponse = super().post_login(request, user, **facts)
        Browser.of(request).remember(user.email, response=response)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the ways to prove that it is still the same user.

        The second factor; without one the password, or the provider of single sign-on that knows the user.
        """
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [way for way in ways if way["id"] != "reauthenticate"]
        if factors or not fresh_proofs.is_possible(user):
            return factors or ways
        there = {"id": fresh_proofs.PAGE, "description": f"Sign in at {settings.OIDC_NAME}"}
        return [*ways, {**there, "url": reverse(fresh_proofs.PAGE)}]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask users who have neither a password nor a second factor, too: allauth takes an open session as a proof."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        user = self.request.user
        if required and not get_reauthentication_flows(user):
            if not self.get_reauthentication_methods(user):
                raise ImmediateHttpResponse(redirect("account_set_password"))
            if not fresh_proofs.is_fresh(self.request, for_seconds=app_settings.REAUTHENTICATION_TIMEOUT):
                raise ReauthenticationRequired
        return required


@contextmanager
def _logged_if_not_sent() -> Iterator[None]:
    try:
        yield
    except MailNotSent as problem:
        logger.warning("an email about an account was not sent: %s", problem)
