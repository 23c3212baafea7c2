"""Two users to revoke many rewards: one asks, and another who may decide about so many approves or declines."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from accounts.permissions import role_of
from issuance.followup import revocation
from issuance.jobs import notices
from issuance.locks import lock_follow_ups
from issuance.models import Batch, Issuance, RequestOutcome, RevocationRequest
from issuance.sending.approval_rules import AlreadyAsked, MayNotAnswer, NotWaiting, why_not
from issuance.sending.role_limits import Size, limit_of_role
from vault import masking


def takes_two(role: Role, *, rewards: int) -> bool:
    """Whether a user of this role needs another to revoke so many rewards: the limits of issuing hold."""
    return not limit_of_role(role).allows(_size(rewards))


def may_answer(request: RevocationRequest, *, by: User, role: Role | None) -> bool:
    """Whether a user may approve or decline a request."""
    return why_not(request, by=by, role=role, size=_size(request.rewards)) is None


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
        issuance = _lock_to_answer(request, by=by)
        _end(request, RequestOutcome.APPROVED, by=by, at=at)
        return _carry_out(request, issuance, by=by, at=at)


def decline(*, request: RevocationRequest, by: User, at: datetime) -> None:
    """Leave the rewards where they are. Raises MayNotAnswer and NotWaiting."""
    with transaction.atomic():
        _lock_to_answer(request, by=by)
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


def _size(rewards: int) -> Size:
    return Size(rewards=rewards, at_most=Decimal(0))


def _lock_to_answer(request: RevocationRequest, *, by: User) -> Issuance:
    issuance = lock_follow_ups(request.issuance)
    if not may_answer(request, by=by, role=role_of(by, merchant=issuance.merchant)):
        raise MayNotAnswer
    return issuance


def _end(request: RevocationRequest, outcome: RequestOutcome, *, by: User, at: datetime) -> None:
    waiting = RevocationRequest.objects.open().filter(pk=request.pk)
    if not waiting.update(outcome=outcome, ended_by=by, ended_at=at):
        raise NotWaiting


def _audit(action: str, request: RevocationRequest, *, by: User, at: datetime, **facts: Any) -> None:
    facts = {"request": request.pk, **facts}
    audit.record(action=action, on=request.issuance, by=by, at=at, merchant_id=request.issuance.merchant_id, **facts)
