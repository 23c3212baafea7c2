"""The grace between the confirmation and the first call, in which a user can still stop a mistake.

No worker waits for it: the confirmed batches are due at its end.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from issuance.locks import lock_batches, lock_issuance
from issuance.models import Batch, Issuance
from issuance.states import IssuanceMove, IssuanceState


class HasBegun(Exception):
    """The grace is over, or the issuance was stopped: there is nothing to start."""


def grace_for(*, rewards: int) -> timedelta:
    """Return the grace of an issuance of so many rewards that is confirmed on a page."""
    grace: timedelta = settings.GRACE
    return grace if rewards > settings.GRACE_ABOVE else timedelta(0)


def starts_in(issuance: Issuance, *, at: datetime) -> timedelta | None:
    """Return how long an issuance still waits for its first call; None without grace, and when it is over."""
    waits = issuance.state == IssuanceState.CONFIRMED and issuance.stopped_at is None
    if not waits or issuance.starts_at is None or issuance.starts_at <= at:
        return None
    return issuance.starts_at - at


def start_now(*, issuance: Issuance, by: User | None, at: datetime) -> None:
    """Let the first call be made at once. Raises HasBegun."""
    with transaction.atomic():
        found = lock_issuance(issuance.pk)
        if starts_in(found, at=at) is None:
            raise HasBegun
        before = {"starts_at": found.starts_at.isoformat() if found.starts_at else ""}
        waiting = Batch.objects.never_sent().filter(issuance=found, due_at=found.starts_at, lease_token=None)
        rows = [batch.pk for batch in lock_batches(waiting)]
        found.move(IssuanceMove.STARTED_NOW, by=by, at=at, starts_at=at)
        Batch.objects.filter(pk__in=rows).update(due_at=at)
        audit.record(
            action="issuance started now",
            on=found,
            by=by,
            at=at,
            merchant_id=found.merchant_id,
            before=before,
            after={"starts_at": at.isoformat()},
        )
    issuance.refresh_from_db()
