"""What people are told of issuances, written with the move that it is about: ended, in doubt, paused by failures.

Each fact is told once, however many jobs it concerns and however often it is seen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from issuance import ledger
from issuance.jobs import holds
from issuance.ledger import Buckets
from issuance.models import ApprovalRequest, Batch, Issuance, RevocationRequest
from issuance.states import AT_WORK, ENDED, POLLED, BatchMove, BatchState
from notifications import notify
from notifications.kinds import NotificationKind

UNSETTLED = Q(state__in=sorted(AT_WORK | {BatchState.NEEDS_ATTENTION})) | Q(
    state__in=sorted(POLLED), due_at__isnull=False
)
"""Something may still become of these batches, or is still to be learned of them."""


def give_up(batch: Batch, *, at: datetime, **facts: Any) -> None:
    """Leave a batch to a person, and tell people, once a day for each issuance: a hundred jobs are one worry."""
    with transaction.atomic():
        batch.move(BatchMove.GAVE_UP, by=None, at=at, **facts)
        issuance = batch.issuance
        _tell(
            NotificationKind.NEEDS_ATTENTION,
            issuance,
            key=f"in doubt:{issuance.pk}:{at:%Y-%m-%d}",
            title=f"A job of “{issuance.campaign.name}” waits for a decision",
            text="What became of it is not known, and nothing is sent again before somebody decides.",
            at=at,
        )


def alarmed(issuance: Issuance, *, at: datetime) -> None:
    """Tell that many failures have paused an issuance, in the transaction that pauses it."""
    _tell(
        NotificationKind.NEEDS_ATTENTION,
        issuance,
        key=f"paused:{issuance.pk}",
        title=f"“{issuance.campaign.name}” is paused: many guests of a job failed",
        text="The other jobs wait until somebody resumes or stops it.",
        at=at,
    )


def approval_asked(request: ApprovalRequest, *, at: datetime) -> None:
    """Tell whoever may approve that somebody asks for it, in the transaction that asks."""
    issuance = request.issuance
    _tell(
        NotificationKind.APPROVAL,
        issuance,
        key=f"asked:{request.pk}",
        title=f"“{issuance.campaign.name}” waits for your approval",
        text=f"{request.asked_by} asks to issue {request.rewards:,} rewards. Nothing is sent before somebody approves.",
        at=at,
        page="review",
        excluding=request.asked_by,
    )


def revocation_asked(request: RevocationRequest, *, at: datetime) -> None:
    """Tell whoever may approve that somebody asks to take rewards back, in the transaction that asks."""
    issuance = request.issuance
    _tell(
        NotificationKind.APPROVAL,
        issuance,
        key=f"revocation asked:{request.pk}",
        title=f"Revoking “{issuance.campaign.name}” waits for your approval",
        text=f"{request.asked_by} asks to take {request.rewards:,} rewards back. Guests keep them until then.",
        at=at,
        page="revoke",
        excluding=request.asked_by,
    )


def ended(batch: Batch, *, at: datetime) -> None:
    """Tell that an issuance has ended, once nothing more is to be learned of this batch, which must be its last.

    Call it in the transaction that brought the last news. The issuance is locked, so that of two batches that end at
    once the second sees the first.
    """
    if batch.state not in ENDED or batch.due_at is not None:
        return
    issuance = holds.locked(batch.issuance_id)
    others = Batch.objects.kept().filter(issuance=issuance).exclude(pk=batch.pk)
    if others.filter(UNSETTLED).exists():
        return
    buckets = ledger.buckets_of_issuance(issuance, ledger.groups_of([issuance.pk]))
    if _are_many(buckets):
        title = f"{buckets.failed:,} guests of “{issuance.campaign.name}” got no reward"
        text = f"The issuance has ended. {buckets.issued:,} rewards were issued."
        _tell(
            NotificationKind.FAILURES,
            issuance,
            key=f"ended:{issuance.pk}",
            title=title,
            text=text,
            at=at,
            page="failures",
        )
    else:
        title = f"“{issuance.campaign.name}”: the issuance has ended"
        text = f"{buckets.issued:,} rewards were issued. {buckets.failed:,} guests got none."
        _tell(NotificationKind.FINISHED, issuance, key=f"ended:{issuance.pk}", title=title, text=text, at=at)


def _are_many(buckets: Buckets) -> bool:
    """Whether so many failed that it is worth saying first (FAILURES_TOLD_FROM_PERCENT)."""
    return buckets.failed > 0 and buckets.failed * 100 >= settings.FAILURES_TOLD_FROM_PERCENT * buckets.addressed


def _tell(kind: NotificationKind, issuance: Issuance, *, page: str = "detail", **told: Any) -> None:
    path = reverse(f"issuance:{page}", args=[issuance.merchant.handle, issuance.pk])
    notify.notify_users(kind=kind, path=path, merchant_id=issuance.merchant_id, **told)
