"""The events of Thanx's webhooks as typed values.

Source: Thanx Partner API v4.0, "Webhooks". A delivery may be repeated, out of order, and earlier than the answer to the
call that caused it. Reading one never raises: an unreadable event is a value, too.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from partner_api.answers.readers import Unusable, amount, count, items, moment, opaque_id, struct, substruct, text

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class RewardIssued:
    """A guest got a reward; `index` is the guest's position in the submitted list, from 0."""

    job_id: str
    merchant_id: str | None
    reward_id: str
    index: int
    at: datetime | None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class FailureNotice:
    """A guest got no reward. Unlike a job's summary, an event names the guest by the identifier."""

    value: str = field(repr=False)
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BatchCompleted:
    """A job has ended. Absent counts are None; `failures` is None if the event has no list of them."""

    job_id: str
    merchant_id: str | None
    state: str
    total_count: int | None
    issued_count: int | None
    failed_count: int | None
    failures: tuple[FailureNotice, ...] | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PurchaseMade:
    """A guest bought something. It is sent again under the same id once the amount is settled: the last one counts."""

    purchase_id: str
    merchant_id: str
    user_id: str | None
    email: str = field(repr=False)
    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """A well-formed event with a name that the portal does not use."""

    name: str


@dataclass(frozen=True, slots=True)
class UnreadableEvent:
    """No event, or an event without a required value. `reason` says what is missing and quotes nothing."""

    reason: str


Event = RewardIssued | BatchCompleted | PurchaseMade | UnknownEvent | UnreadableEvent


def read(body: bytes) -> Event:
    """Return the event in the body of a webhook. Never raises."""
    try:
        payload = struct(json.loads(body), name="event")
        name = text(payload, "event")
        if not name and isinstance(payload.get("purchase"), dict):
            return _purchase_made(payload["purchase"])
        if not name:
            return UnreadableEvent(reason="the event has no name")
        reader = _READERS.get(name)
        if reader is None:
            return UnknownEvent(name=name[:LONGEST_NAME])
        return reader(struct(payload.get("data"), name="event's data"), moment(payload.get("timestamp")))
    except Unusable as problem:
        return UnreadableEvent(reason=str(problem))
    except (ValueError, RecursionError):
        return UnreadableEvent(reason="the body is no JSON")


def _reward_issued(data: Mapping[str, Any], at: datetime | None) -> RewardIssued:
    index = count(substruct(data, key="identifier"), "index")
    if index is None:
        raise Unusable("the issued reward names no position")
    return RewardIssued(
        job_id=_required(data, "issuance_job_id"),
        merchant_id=opaque_id(data.get("merchant_id")),
        reward_id=_required(data, "reward_id"),
        index=index,
        at=at,
        user_id=opaque_id(data.get("user_id")),
    )


def _batch_completed(data: Mapping[str, Any], at: datetime | None) -> BatchCompleted:
    return BatchCompleted(
        job_id=_required(data, "issuance_job_id"),
        merchant_id=opaque_id(data.get("merchant_id")),
        state=text(data, "state"),
        total_count=count(data, "total_count", "requested_count"),
        issued_count=count(data, "issued_count", "success_count"),
        failed_count=count(data, "failed_count", "failure_count"),
        failures=_failures(data),
        at=at,
    )


def _purchase_made(data: Mapping[str, Any]) -> PurchaseMade:
    """Read a purchase, whose webhook names no event."""
    user, at, paid = substruct(data, key="user"), moment(data.get("purchased_at")), amount(data.get("amount"))
    if at is None or paid is None:
        raise Unusable("the purchase has no time or no amount")
    return PurchaseMade(
        purchase_id=_required(data, "id"),
        merchant_id=_required(substruct(data, key="merchant"), "id"),
        user_id=opaque_id(user.get("id")),
        email=text(user, "email"),
        at=at,
        amount=paid,
    )


def _failures(data: Mapping[str, Any]) -> tuple[FailureNotice, ...] | None:
    if not isinstance(data.get("failures"), list):
        return None
    return tuple(
        FailureNotice(value=text(one, "user_identifier"), reason=text(one, "reason", "error"))
        for one in items(data, key="failures")
        if isinstance(one, dict)
    )


def _required(data: Mapping[str, Any], key: str) -> str:
    found = opaque_id(data.get(key))
    if found is None:
        raise Unusable(f"the event has no {key}")
    return found


_READERS: Mapping[str, Callable[[Mapping[str, Any], datetime | None], Event]] = {
    "reward.issued": _reward_issued,
    # The documentation uses both names for the same event.
    "reward_batch.completed": _batch_completed,
    "reward.batch_completed": _batch_completed,
}
