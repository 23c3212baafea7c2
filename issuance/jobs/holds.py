"""Why a batch that is due is not sent now, and how it becomes due again.

A held batch is put aside: it is due never, until the act that ends the hold makes it due. The worker and the act both
lock what decides (the issuance, and the halts in force), so that no batch is forgotten between them.

A pause or a stop does not hold what may have reached Thanx already: only sending it again shows who has a reward, and
the same key cannot issue twice. A halt, the switch for emergencies, holds that back too.
"""

from datetime import datetime
from enum import Enum, auto

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from campaigns import halts
from campaigns.models import Merchant
from issuance.locks import lock_batches, lock_issuance
from issuance.models import Batch, Issuance
from issuance.states import BatchState


class Hold(Enum):
    """Why a batch is not sent now."""

    HALTED = auto()
    STOPPED = auto()
    PAUSED = auto()
    AWAITS_CANARY = auto()


def hold_on(batch: Batch) -> Hold | None:
    """Return what holds a claimed batch, None when it may be sent. The answer holds until the transaction ends."""
    issuance = lock_issuance(batch.issuance_id)
    if halts.is_halted_for_sure(issuance.merchant_id):
        return Hold.HALTED
    if batch.maybe_sent:
        return None
    if issuance.stopped_at is not None:
        return Hold.STOPPED
    if issuance.paused_at is not None:
        return Hold.PAUSED
    return Hold.AWAITS_CANARY if issuance.awaits_canary and not batch.is_canary else None


def may_still_go(batch: Batch, *, was_maybe_sent: bool) -> bool:
    """Whether a call that waited for its place in the budget may still be made. Two queries, no locks."""
    if halts.is_halted(batch.issuance.merchant_id):
        return False
    unwanted = Issuance.objects.filter(pk=batch.issuance_id).exclude(paused_at=None, stopped_at=None)
    return was_maybe_sent or not unwanted.exists()


def is_stopped(batch: Batch) -> bool:
    """Whether the batch's issuance is stopped by now. One query."""
    return Issuance.objects.filter(pk=batch.issuance_id, stopped_at__isnull=False).exists()


def release(issuance: Issuance, *, at: datetime) -> None:
    """Make due what was put aside. The next claim puts aside again what something else still holds."""
    _make_due(_put_aside().filter(issuance=issuance), at=at)


def let_sending_go_on(*, merchant: Merchant | None, by: User | None, at: datetime) -> None:
    """Lift the halt of a merchant, or for None the installation's. Raises halts.SwitchedAlready."""
    with transaction.atomic():
        halts.lift(merchant=merchant, by=by, at=at)
        _make_due(_put_aside() if merchant is None else _put_aside().filter(issuance__merchant=merchant), at=at)


def _put_aside() -> QuerySet[Batch]:
    return Batch.objects.filter(state=BatchState.QUEUED, due_at=None, lease_token=None)


def _make_due(batches: QuerySet[Batch], *, at: datetime) -> None:
    Batch.objects.filter(pk__in=[batch.pk for batch in lock_batches(batches)]).update(due_at=at)
