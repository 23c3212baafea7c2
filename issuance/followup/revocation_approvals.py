"""Taking many rewards back takes two people: one asks, somebody else who may decide about so many approves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from issuance.followup import revocation
from issuance.jobs import notices
from issuance.locks import lock_follow_ups
from issuance.models import Batch, Issuance, RevocationRequest
from issuance.models.revocation_request import Answer
from issuance.sending.role_limits import Size, limit_of_role, may_approve, role_of
from vault import masking


class AskedBefore(Exception):
    """A request of this issuance waits already."""


class NotYours(Exception):
    """Nobody approves what they asked for, or what is beyond their own limit; only who asked withdraws."""


class AnsweredBefore(Exception):
    """The request does not wait any more."""


def takes_two(role: Role, *, rewards: int) -> bool:
    """Whether somebody of this role may not take so many rewards back alone: the limits of issuing hold."""
    return not limit_of_role(role).allows(_size(rewards))


def may_answer(request: RevocationRequest, *, by: User, role: Role) -> bool:
    """Whether somebody may approve or decline a request."""
    return request.asked_by_id != by.pk and may_approve(role, _size(request.rewards))


def waiting_for(issuance: Issuance) -> RevocationRequest | None:
    """Return the request of an issuance that waits, if any, with who asked. One query."""
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
    """Ask somebody else to take these jobs' rewards back; whoever may approve is told. Raises AskedBefore."""
    with transaction.atomic():
        lock_follow_ups(issuance)
        if waiting_for(issuance) is not None:
            raise AskedBefore
        row = RevocationRequest.objects.create(
            issuance=issuance,
            also_running=also_running,
            rewards=rewards,
            reason=masking.masked_text(reason)[: revocation.LONGEST_REASON],
            asked_by=by,
            asked_at=at,
        )
        row.batches.set(batches)
        notices.revocation_asked(row, at=at)
        _audit("revocation requested", row, by=by, at=at, reason=row.reason, rewards=rewards)
    return row


def approve(*, request: RevocationRequest, by: User, at: datetime) -> revocation.Asked:
    """Take back exactly what was asked for. Raises NotYours, AnsweredBefore, and NothingToRevoke of the revocation."""
    with transaction.atomic():
        issuance = _answerable(request, by=by)
        _end(request, Answer.APPROVED, by=by, at=at)
        return revocation.revoke_batches(
            issuance=issuance,
            by=by,
            at=at,
            reason=request.reason,
            asked_for_by=request.asked_by,
            batches=list(request.batches.all()),
            also_running=request.also_running,
        )


def decline(*, request: RevocationRequest, by: User, at: datetime) -> None:
    """Leave the rewards where they are. Raises NotYours and AnsweredBefore."""
    with transaction.atomic():
        _answerable(request, by=by)
        _end(request, Answer.DECLINED, by=by, at=at)
        _audit("revocation declined", request, by=by, at=at)


def withdraw(*, request: RevocationRequest, by: User, at: datetime) -> None:
    """Ask no longer. Raises NotYours for anybody but who asked, and AnsweredBefore."""
    if request.asked_by_id != by.pk:
        raise NotYours
    with transaction.atomic():
        lock_follow_ups(request.issuance)
        _end(request, Answer.WITHDRAWN, by=by, at=at)
        _audit("revocation request withdrawn", request, by=by, at=at)


def _size(rewards: int) -> Size:
    return Size(rewards=rewards, at_most=Decimal(0))


def _answerable(request: RevocationRequest, *, by: User) -> Issuance:
    issuance = lock_follow_ups(request.issuance)
    role = role_of(by, merchant=issuance.merchant)
    if role is None or not may_answer(request, by=by, role=role):
        raise NotYours
    return issuance


def _end(request: RevocationRequest, answer: Answer, *, by: User, at: datetime) -> None:
    waiting = RevocationRequest.objects.open().filter(pk=request.pk)
    if not waiting.update(answer=answer, ended_by=by, ended_at=at):
        raise AnsweredBefore


def _audit(action: str, request: RevocationRequest, *, by: User, at: datetime, **facts: Any) -> None:
    told: dict[str, Any] = {"request": request.pk, **facts}
    audit.record(action=action, on=request.issuance, by=by, at=at, merchant_id=request.issuance.merchant_id, **told)
