"""What all commands share: the codes they end with, and the user that `--by` names."""

from django.core.management.base import CommandError

from accounts.models import User

REFUSED = 1
"""The command did not do what it was asked for."""

BAD_USAGE = 2
"""An argument is wrong; nothing was done."""


def user_by_email(email: str | None) -> User | None:
    """Return the user who acts, None for the command line itself. Raises CommandError with BAD_USAGE."""
    if email is None:
        return None
    found = User.objects.filter(email=email.lower()).first()
    if found is None:
        raise CommandError(f"There is no user with the email address {email}.", returncode=BAD_USAGE)
    if not found.is_active:
        raise CommandError(f"The user {email} is switched off and cannot act.", returncode=BAD_USAGE)
    return found
