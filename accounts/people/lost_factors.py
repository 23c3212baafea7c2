"""Let in a user who has lost every second factor and the recovery codes."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import audit
from accounts.entrance import sessions
from accounts.models import User


def remove_all(user: User, *, by: User | None, at: datetime) -> int:
    """Remove every factor of a user who has lost them, and end their sessions. Return how many there were."""
    with transaction.atomic():
        removed: int = Authenticator.objects.filter(user=user).delete()[0]
        audit.record(action="second_factors_removed", on=user, by=by, at=at, removed=removed)
    sessions.end_all(user)
    return removed
