"""The step that sends links to new passwords. The page that asks for one does the same for every address.

So neither its answer nor how long it takes tells who has an account, and a mail server that is away delays the link.
"""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from accounts.entrance import mails
from accounts.models import User
from engine import correlation
from engine.clock import Clock, now
from engine.leases import claim_one, finish
from notifications.models import ForgottenPassword
from vault.fields import purpose_of
from vault.sealing import Unsealable, seal, unseal

AGAIN_AFTER = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(hours=1)
"""After that long the user has asked again."""

PURPOSE = purpose_of(ForgottenPassword, "sealed_address")


def ask_for_link(address: str, *, clock: Clock = now) -> None:
    """Let a worker send a link to this address, if it is a user's."""
    at = clock()
    ForgottenPassword.objects.create(
        sealed_address=seal(address.encode(), purpose=PURPOSE),
        asked_at=at,
        due_at=at,
        correlation=correlation.current(),
    )


def send_one_link(*, clock: Clock = now) -> bool:
    """Send the link that was asked for first. Return whether there was one."""
    row = claim_one(ForgottenPassword.objects.all(), at=clock())
    if row is None:
        return False
    is_too_old = clock() - row.asked_at > GIVEN_UP_AFTER
    try:
        if not is_too_old:
            _send_to(unseal(row.sealed_address, purpose=PURPOSE).decode())
    except mails.MailNotSent:
        finish(row, due_at=clock() + AGAIN_AFTER)
    except Unsealable:  # its data key has gone, and with it the address
        row.delete()
    else:
        row.delete()
    return True


def _send_to(address: str) -> None:
    """Send a link to the users with this address, if there are any. Raises MailNotSent."""
    for user in filter_users_by_email(address, is_active=True, prefer_verified=True, for_login=True):
        mails.send(to=user.email, subject="A new password", lines=_lines(user))


def _lines(user: User) -> list[str]:
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return [
        "A visitor asked for a new password for your account. Open this link to set one:",
        mails.link(reverse("account_reset_password_from_key", kwargs=key)),
        "If that was not you, do nothing: your password stays as it is.",
    ]
