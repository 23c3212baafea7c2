"""The settings of allauth that are methods: no sign-up, whose an address is, and the portal's own error messages."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts.entrance import addresses, attempts, mails
from accounts.entrance.attempts import Attempt, Browser

ADDRESS_IN_USE = (
    "A user of the portal asked to sign in with this e-mail address. It belongs to your account, so nothing changed.",
    "If that was you: sign in to the account that has this address. You can set a new password there if you need one:",
    mails.link("/accounts/password/reset/"),
)


class ByInvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Users cannot sign up: managers and operators invite them."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail address and this password do not belong together. Please check both.",
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
        if addresses.is_of_another(address.email, than=address.user):
            mails.send(to=address.email, subject="Your address is in use already", lines=ADDRESS_IN_USE)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

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

    def post_login(self, request: HttpRequest, user: Any, **facts: Any) -> HttpResponse:
        """Remember the account on this browser."""
        response: HttpResponse = super().post_login(request, user, **facts)
        Browser.of(request).remember(user.email, response=response)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the ways to prove that it is still the same user: the second factor, or the password without one."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [way for way in ways if way["id"] != "reauthenticate"] or ways
