"""Settlements: a user says that nothing more is to be done about some failures, and may take that back."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from issuance.jobs.failure_reasons import LONGEST_REASON, said
from issuance.locks import lock_follow_ups
from issuance.models import Failure, Issuance, Settlement
from issuance.models.observed import FailureQuerySet

LONGEST_NOTE = LONGEST_REASON


class NothingToSettle(Exception):
    """None of the failures is open any more."""


class NoteMissing(Exception):
    """A settlement needs a note: later readers must see why nothing more was done."""


class ReopenedBefore(Exception):
    """The settlement is taken back already."""


def settle(*, issuance: Issuance, failures: FailureQuerySet, note: str, by: User | None, at: datetime) -> Settlement:
    """Settle those of the failures that are open. No count of the issuance changes. The note keeps no identifier.

    Raises NoteMissing and NothingToSettle; then nothing has changed.
    """
    note = said(note)
    if not note:
        raise NoteMissing
    with transaction.atomic():
        lock_follow_ups(issuance)
        row = Settlement.objects.create(issuance=issuance, guests=1, note=note, by=by, at=at)
        row.guests = failures.open().filter(batch__issuance=issuance).order_by().update(settlement=row)
        if not row.guests:
            raise NothingToSettle
        row.save(update_fields=["guests"])
        audit.record(
            action="failures settled",
            on=issuance,
            by=by,
            at=at,
            merchant_id=issuance.merchant_id,
            settlement=row.pk,
            guests=row.guests,
        )
    return row


def reopen(*, settlement: Settlement, by: User | None, at: datetime) -> int:
    """Take a settlement back and return how many failures are open again. Raises ReopenedBefore."""
    with transaction.atomic():
        issuance = lock_follow_ups(settlement.issuance)
        if not Settlement.objects.filter(pk=settlement.pk, reopened_at=None).update(reopened_at=at, reopened_by=by):
            raise ReopenedBefore
        opened = Failure.objects.filter(settlement=settlement).update(settlement=None)
        audit.record(
            action="failures reopened",
            on=issuance,
            by=by,
            at=at,
            merchant_id=issuance.merchant_id,
            settlement=settlement.pk,
            guests=opened,
        )
    return opened
