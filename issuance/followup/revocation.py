"""The act that queues revocations, within a user's limit or without any. A job is revoked whole or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from issuance.locks import lock_batches, lock_merchant
from issuance.models import Batch, Issuance
from issuance.sending.refusals import ActRefused
from issuance.sending.role_limits import Size, left_to_revoke
from issuance.states import REVOCABLE, BatchMove, BatchState
from vault import masking

RUNNING = frozenset({BatchState.QUEUED, BatchState.SUBMITTING, BatchState.WATCHING, BatchState.NEEDS_ATTENTION})
"""Jobs that cannot be revoked yet: a request in these states would be a 422."""

LONGEST_REASON = 500


class NothingToRevoke(Exception):
    """None of the batches can be revoked now, nor, if the user asked for that, as soon as it has ended."""


class RevocationNeedsApproval(ActRefused):
    """The revocation is larger than the user may decide about alone: another user must approve it."""

    words = "This is more than you may revoke alone within 24 hours. Another user must approve it first."


class ReasonMissing(Exception):
    """Revoking takes rewards away from guests: the audit trail must say why."""


@dataclass(frozen=True, kw_only=True)
class QueuedRevocations:
    """How many jobs will be revoked now, and how many as soon as they have ended."""

    now: int
    when_ended: int


def revoke_alone(
    *,
    issuance: Issuance,
    batches: Iterable[Batch] | None,
    also_running: bool,
    rewards: int,
    reason: str,
    by: User,
    at: datetime,
) -> QueuedRevocations:
    """Revoke these jobs, at most so many rewards, within what the user may revoke alone on this day.

    All who revoke alone at a merchant wait for each other, so that none exceeds the limit of the day with two clicks.
    Raises RevocationNeedsApproval, and as `revoke_batches` does.
    """
    with transaction.atomic():
        merchant = lock_merchant(issuance.merchant_id)
        if not left_to_revoke(by, merchant=merchant, at=at).allows(Size(rewards=rewards)):
            raise RevocationNeedsApproval
        return revoke_batches(
            issuance=issuance, batches=batches, also_running=also_running, reason=reason, by=by, at=at
        )


def revoke_batches(
    *,
    issuance: Issuance,
    by: User | None,
    at: datetime,
    reason: str,
    batches: Iterable[Batch] | None = None,
    also_running: bool = False,
    asked_for_by: User | None = None,
) -> QueuedRevocations:
    """Queue the revocation of an issuance's jobs, or of some of them. Controls hold no rewards and are left alone.

    The reason keeps no identifier of a guest; where another user has asked, it names that user. Raises ReasonMissing
    and NothingToRevoke; then nothing has changed.
    """
    reason = masking.masked_text(reason.strip())
    if not reason:
        raise ReasonMissing
    reason = (f"{reason} (asked for by {asked_for_by})" if asked_for_by else reason)[:LONGEST_REASON]
    with transaction.atomic():
        wanted = Batch.objects.filter(issuance=issuance, is_control=False)
        rows = lock_batches(wanted if batches is None else wanted.filter(pk__in=[batch.pk for batch in batches]))
        ended = [batch for batch in rows if batch.state in REVOCABLE]
        running = [batch for batch in rows if batch.state in RUNNING and also_running]
        if not ended and not running:
            raise NothingToRevoke
        _ask(ended, running, by=by, at=at, reason=reason)
        audit.record(
            action="revocation asked",
            on=issuance,
            by=by,
            at=at,
            merchant_id=issuance.merchant_id,
            jobs=len(ended),
            jobs_when_ended=len(running),
            rewards=sum(batch.issued_count or 0 for batch in ended),
        )
    return QueuedRevocations(now=len(ended), when_ended=len(running))


def _ask(ended: list[Batch], running: list[Batch], *, by: User | None, at: datetime, reason: str) -> None:
    wish: dict[str, Any] = {"revoke_asked_at": at, "revoke_asked_by": by, "revoke_reason": reason}
    anew: dict[str, Any] = {"revoke_attempts": 0, "revoke_when_ended": False, "error_code": "", "error_text": ""}
    for batch in ended:
        batch.move(BatchMove.REVOKE_ASKED, by=by, at=at, due_at=at, **wish, **anew)
    Batch.objects.filter(pk__in=[batch.pk for batch in running]).update(revoke_when_ended=True, **wish)
