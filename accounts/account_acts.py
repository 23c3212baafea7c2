"""Audit entries of what users do with their accounts: signing in and out, passwords, addresses, second factors.

allauth tells of these acts by signals. Its sign-in is the only one: a session that a program made leaves no entry.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as single_sign_on
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import Signal
from django.utils import timezone

from accounts import audit
from accounts.models import User

SIGN_IN_FAILED = "sign-in failed"
VISITORS_ACTS = frozenset({SIGN_IN_FAILED})
"""Acts of visitors, who are not known."""


def listen() -> None:
    """Connect every signal. Called once, when the apps are ready."""
    account.user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")
    _on(account.password_set, "password set by its user")
    _on(account.password_changed, "password changed")
    _on(account.password_reset, "password reset by email")
    account.email_added.connect(_address_added, dispatch_uid="audit")
    account.email_removed.connect(_address_removed, dispatch_uid="audit")
    account.email_confirmed.connect(_address_verified, dispatch_uid="audit")
    account.email_changed.connect(_address_changed, dispatch_uid="audit")
    _on(mfa.authenticator_added, "second factor added")
    _on(mfa.authenticator_removed, "second factor removed")
    _on(mfa.authenticator_reset, "second factor renewed")
    single_sign_on.social_account_added.connect(_provider_added, dispatch_uid="audit")
    single_sign_on.social_account_removed.connect(_provider_removed, dispatch_uid="audit")
    _on(mfa.authentication_failed, "second factor refused", by_owner=False)


def _on(signal: Signal, action: str, *, by_owner: bool = True) -> None:
    def heard(user: User, authenticator: Any = None, **_: Any) -> None:
        facts: dict[str, Any] = {"kind": str(authenticator.type)} if authenticator is not None else {}
        audit.record(action=action, on=user, by=user if by_owner else None, at=timezone.now(), **facts)

    signal.connect(heard, weak=False, dispatch_uid=f"audit: {action}")


def _signed_in(request: Any, user: User, **_: Any) -> None:
    methods = [str(record.get("method", "")) for record in get_authentication_records(request, user)]
    audit.record(action="signed in", on=user, by=user, at=timezone.now(), methods=methods)


def _signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        audit.record(action="signed out", on=user, by=user, at=timezone.now())


def _failed(credentials: dict[str, Any], **_: Any) -> None:
    """Name the account, if there is one. What was typed may be anything, a password even, and is not kept."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    user = User.objects.filter(email__iexact=typed).first()
    audit.record(action=SIGN_IN_FAILED, on=user or User, by=None, at=timezone.now(), account_exists=user is not None)


def _address_added(user: User, email_address: Any, **_: Any) -> None:
    after = {"address": email_address.email}
    audit.record(action="address added", on=user, by=user, at=timezone.now(), before={}, after=after)


def _address_removed(user: User, email_address: Any, **_: Any) -> None:
    before = {"address": email_address.email}
    audit.record(action="address removed", on=user, by=user, at=timezone.now(), before=before, after={})


def _address_verified(email_address: Any, **_: Any) -> None:
    user = email_address.user
    audit.record(action="address verified", on=user, by=user, at=timezone.now(), address=email_address.email)


def _address_changed(user: User, from_email_address: Any, to_email_address: Any, **_: Any) -> None:
    before = {"address": from_email_address.email if from_email_address else ""}
    after = {"address": to_email_address.email}
    audit.record(action="address changed", on=user, by=user, at=timezone.now(), before=before, after=after)


def _provider_added(sociallogin: Any, **_: Any) -> None:
    _provider("single sign-on added", sociallogin.account)


def _provider_removed(socialaccount: Any, **_: Any) -> None:
    _provider("single sign-on removed", socialaccount)


def _provider(action: str, account: Any) -> None:
    user = account.user
    audit.record(action=action, on=user, by=user, at=timezone.now(), provider=account.provider)
