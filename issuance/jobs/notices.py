"""The notices about issuances: one has ended, is in doubt, is paused by failures, or waits for an approval.

A notice is written in the transaction that moves what it is about. Its key makes it one notice, however many jobs it
concerns and however often the fact is seen.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from issuance.ledger import Buckets
from issuance.models import ApprovalRequest, Issuance, RevocationRequest
from notifications import notify
from notifications.kinds import NotificationKind


def job_in_doubt(issuance: Issuance, *, at: datetime) -> None:
    """Say that a job waits for a decision: once a day for each issuance, since a hundred jobs are one worry."""
    _notify(
        NotificationKind.NEEDS_ATTENTION,
        issuance,
        key=f"in doubt:{issuance.pk}:{at:%Y-%m-%d}",
        title=f"A job of “{issuance.campaign.name}” waits for a decision",
        text="What became of it is not known, and nothing is sent again before you decide.",
        at=at,
    )


def paused_by_failures(issuance: Issuance, *, at: datetime) -> None:
    """Say that many failures have paused an issuance."""
    _notify(
        NotificationKind.NEEDS_ATTENTION,
        issuance,
        key=f"paused:{issuance.pk}",
        title=f"“{issuance.campaign.name}” is paused: many guests of a job failed",
        text="The other jobs wait until a user resumes or stops it.",
        at=at,
    )


def approval_asked(request: ApprovalRequest, *, at: datetime) -> None:
    """Ask the approvers, except the user who asks, to let an issuance go out."""
    issuance = request.issuance
    _notify(
        NotificationKind.APPROVAL,
        issuance,
        key=f"asked:{request.pk}",
        title=f"“{issuance.campaign.name}” waits for your approval",
        text=f"{request.asked_by} asks to issue {request.rewards:,} rewards. Until you approve, nothing is sent.",
        at=at,
        page="review",
        excluding=request.asked_by,
    )


def revocation_asked(request: RevocationRequest, *, at: datetime) -> None:
    """Ask the approvers, except the user who asks, to let rewards be revoked."""
    issuance = request.issuance
    _notify(
        NotificationKind.APPROVAL,
        issuance,
        key=f"revocation asked:{request.pk}",
        title=f"Revoking “{issuance.campaign.name}” waits for your approval",
        text=f"{request.asked_by} asks to take {request.rewards:,} rewards back. Guests keep them until then.",
        at=at,
        page="revoke",
        excluding=request.asked_by,
    )


def ended(issuance: Issuance, buckets: Buckets, *, at: datetime) -> None:
    """Say that an issuance has ended and what came of it, with the failures first if they are many."""
    if _are_many(buckets):
        title = f"{buckets.failed:,} guests of “{issuance.campaign.name}” got no reward"
        text = f"The issuance has ended. {buckets.issued:,} rewards were issued."
        _notify(
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
        _notify(NotificationKind.FINISHED, issuance, key=f"ended:{issuance.pk}", title=title, text=text, at=at)


def _are_many(buckets: Buckets) -> bool:
    return buckets.failed > 0 and buckets.failed * 100 >= settings.FAILURES_TOLD_FROM_PERCENT * buckets.addressed


def _notify(kind: NotificationKind, issuance: Issuance, *, page: str = "detail", **facts: Any) -> None:
    path = reverse(f"issuance:{page}", args=[issuance.merchant.handle, issuance.pk])
    notify.notify_users(kind=kind, path=path, merchant_id=issuance.merchant_id, **facts)
