"""Two users to revoke many rewards: one asks, and another who may decide about so many approves or declines."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from issuance.followup import revocation
from issuance.jobs import notices
from issuance.locks import lock_follow_ups, lock_merchant
from issuance.models import Batch, Issuance, RequestOutcome, RevocationRequest
from issuance.sending.approval_rules import AlreadyAsked, MayNotAnswer, NotWaiting, RequestRefused, why_not
from issuance.sending.role_limits import Size, left_to_revoke
from vault import masking


class TakesTwo(RequestRefused):
    """The user needs another to revoke so many rewards."""

    words = "This is more than you may revoke alone on one day. Somebody else must approve it first."


def revoke_alone(
    *,
    issuance: Issuance,
    batches: Iterable[Batch] | None,
    also_running: bool,
    rewards: int,
    reason: str,
    by: User,
    at: datetime,
) -> revocation.QueuedRevocations:
    """Revoke these jobs, at most so many rewards, without another user. Raises TakesTwo, and as `revoke_batches` does.

    All who revoke alone at a merchant wait for each other, so that none exceeds the limit of the day with two clicks.
    """
    with transaction.atomic():
        merchant = lock_merchant(issuance.merchant_id)
        if not left_to_revoke(by, merchant=merchant, at=at).allows(size_of(rewards)):
            raise TakesTwo
        return revocation.revoke_batches(
            issuance=issuance, batches=batches, also_running=also_running, reason=reason, by=by, at=at
        )


def may_answer(request: RevocationRequest, *, by: User, merchant: Merchant, at: datetime) -> bool:
    """Whether a user may approve or decline a request at this merchant."""
    left = left_to_revoke(by, merchant=merchant, at=at)
    return why_not(request, by=by, merchant=merchant, left=left) is None


def waiting_for(issuance: Issuance) -> RevocationRequest | None:
    """Return the open request of an issuance, if any, with who asked. One query."""
    return RevocationRequest.objects.open().filter(issuance=issuance).select_related("asked_by").first()


def ask(
    *,
    issuance: Issuance,
    batches: Iterable[Batch],
    also_running: bool,
    rewards: int,
    reason: str,
    by: User,
    at: datetime,
) -> RevocationRequest:
    """Ask another user to revoke these jobs, and notify the approvers. Raises AlreadyAsked."""
    with transaction.atomic():
        lock_follow_ups(issuance)
        if waiting_for(issuance) is not None:
            raise AlreadyAsked
        request = RevocationRequest.objects.create(
            issuance=issuance,
            also_running=also_running,
            rewards=rewards,
            reason=masking.masked_text(reason)[: revocation.LONGEST_REASON],
            asked_by=by,
            asked_at=at,
        )
        request.batches.set(batches)
        notices.revocation_asked(request, at=at)
        _audit("revocation requested", request, by=by, at=at, rewards=rewards)
    return request


def approve(*, request: RevocationRequest, by: User, at: datetime) -> revocation.QueuedRevocations:
    """Revoke exactly what was asked for. Raises MayNotAnswer, NotWaiting, and NothingToRevoke of the revocation."""
    with transaction.atomic():
        issuance = _lock_to_answer(request, by=by, at=at)
        _end(request, RequestOutcome.APPROVED, by=by, at=at)
        return _carry_out(request, issuance, by=by, at=at)


def decline(*, request: RevocationRequest, by: User, at: datetime) -> None:
    """Leave the rewards where they are. Raises MayNotAnswer and NotWaiting."""
    with transaction.atomic():
        _lock_to_answer(request, by=by, at=at)
        _end(request, RequestOutcome.DECLINED, by=by, at=at)
        _audit("revocation declined", request, by=by, at=at)


def withdraw(*, request: RevocationRequest, by: User, at: datetime) -> None:
    """Ask no longer. Raises NotWaiting, and MayNotAnswer for everyone but the user who asked."""
    if request.asked_by_id != by.pk:
        raise MayNotAnswer
    with transaction.atomic():
        lock_follow_ups(request.issuance)
        _end(request, RequestOutcome.WITHDRAWN, by=by, at=at)
        _audit("revocation request withdrawn", request, by=by, at=at)


def _carry_out(
    request: RevocationRequest, issuance: Issuance, *, by: User, at: datetime
) -> revocation.QueuedRevocations:
    return revocation.revoke_batches(
        issuance=issuance,
        by=by,
        at=at,
        reason=request.reason,
        asked_for_by=request.asked_by,
        batches=list(request.batches.all()),
        also_running=request.also_running,
    )


def size_of(rewards: int) -> Size:
    """Return the size of a revocation: its rewards are counted, not priced."""
    return Size(rewards=rewards, at_most=Decimal(0))


def _lock_to_answer(request: RevocationRequest, *, by: User, at: datetime) -> Issuance:
    issuance = lock_follow_ups(request.issuance)
    merchant = lock_merchant(issuance.merchant_id)
    if not may_answer(request, by=by, merchant=merchant, at=at):
        raise MayNotAnswer
    return issuance


def _end(request: RevocationRequest, outcome: RequestOutcome, *, by: User, at: datetime) -> None:
    waiting = RevocationRequest.objects.open().filter(pk=request.pk)
    if not waiting.update(outcome=outcome, ended_by=by, ended_at=at):
        raise NotWaiting


def _audit(action: str, request: RevocationRequest, *, by: User, at: datetime, **facts: Any) -> None:
    facts = {"request": request.pk, **facts}
    audit.record(action=action, on=request.issuance, by=by, at=at, merchant_id=request.issuance.merchant_id, **facts)
