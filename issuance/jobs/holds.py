"""What keeps a batch from being sent although it is its turn, and what makes it its turn again.

A held batch is put aside: it is due never, so that nobody looks at it, until whoever ends the hold makes it due. Both
lock what decides, so that none is forgotten: the issuance, and the halts in force.

What may have reached Thanx already is sent again in spite of a pause or a stop, because nobody would know otherwise who
has a reward, and the same key cannot issue twice. Only a halt, the switch for emergencies, holds that back too.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from campaigns import halts
from campaigns.models import Merchant
from issuance.models import Batch, Issuance
from issuance.states import BatchState


class Hold(Enum):
    """Why a batch is not sent now."""

    HALTED = auto()
    STOPPED = auto()
    PAUSED = auto()
    AWAITS_CANARY = auto()


def locked(issuance_id: int) -> Issuance:
    """Return the issuance as it stands now, to stay so for the rest of this transaction.

    Always before any of its unsent batches is locked, so that two who lock both never wait for each other.
    """
    return Issuance.objects.select_for_update(of=("self",), no_key=True).get(pk=issuance_id)


def hold_on(batch: Batch) -> Hold | None:
    """Return what holds a claimed batch, as it stays for the rest of this transaction; None when it may be sent."""
    issuance = locked(batch.issuance_id)
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
    """Whether a call that waited for its place in the budget is still wanted now. Two queries, no locks."""
    if halts.is_halted(batch.issuance.merchant_id):
        return False
    unwanted = Issuance.objects.filter(pk=batch.issuance_id).exclude(paused_at=None, stopped_at=None)
    return was_maybe_sent or not unwanted.exists()


def is_stopped(batch: Batch) -> bool:
    """Whether somebody has stopped the batch's issuance by now. One query."""
    return Issuance.objects.filter(pk=batch.issuance_id, stopped_at__isnull=False).exists()


def release(issuance: Issuance, *, at: datetime) -> None:
    """Make due what was put aside. What something else still holds is put aside again when its turn comes."""
    _make_due(_put_aside().filter(issuance=issuance), at=at)


def let_sending_go_on(*, merchant: Merchant | None, by: User | None, at: datetime) -> None:
    """Lift the halt of a merchant, or for None the installation's. Raises halts.StandsDifferently."""
    with transaction.atomic():
        halts.lift(merchant=merchant, by=by, at=at)
        _make_due(_put_aside() if merchant is None else _put_aside().filter(issuance__merchant=merchant), at=at)


def _put_aside() -> QuerySet[Batch]:
    return Batch.objects.filter(state=BatchState.QUEUED, due_at=None, lease_token=None)


def _make_due(batches: QuerySet[Batch], *, at: datetime) -> None:
    # Locked in one order by everybody: PostgreSQL's updates lock in any.
    found = batches.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True)
    Batch.objects.filter(pk__in=list(found)).update(due_at=at)
