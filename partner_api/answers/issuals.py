"""One issued reward at Capillary, as typed values. What is absent or null there is absent here: '', None or empty.

Source: docs.capillarytech.com, "Get transaction details by customer ID and reward transaction ID". Of `customFields`,
`fulfillmentDetails` and their kin no shape is published: they stay as they came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from partner_api.answers.values import Unusable, amount, count, items, moment, opaque_id, struct, substruct, text

LATEST_MILLISECONDS = 4_102_444_800_000  # the year 2100: what lies beyond is no time in milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a part of it went: `success` None where nothing is said."""

    success: bool | None = None
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A picture or a video. `url` comes from outside: it may have any scheme, or none, and may have expired."""

    name: str
    alt: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What was issued, and the vendor who provides it."""

    id: str
    name: str
    description: str
    language: str
    rank: int | None
    groups: tuple[str, ...]
    points: Decimal | None
    series_id: str
    redemption_type: str
    vendor_id: str
    vendor_name: str
    vendor_redemption_id: str
    vendor_redemption_name: str
    images: tuple[Medium, ...]
    videos: tuple[Medium, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """What it cost the customer."""

    redeemed: Decimal | None
    vendor_id: str
    vendor_name: str
    references: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """A code, and who earns what of it: (key, amount) in the order of the answer."""

    code: str = field(repr=False)
    commissions: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RichText:
    """A text of the reward, in HTML from outside."""

    key: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issual:
    """One issued reward. `raw` is the whole answer, for operators."""

    transaction_id: str
    customer_id: str
    org_id: str
    reference: str
    transacted_at: datetime | None
    issued_at: datetime | None
    event_at: datetime | None
    outcome: Outcome
    quantity: int | None
    requested_quantity: int | None
    is_group_redemption: bool | None
    reward: Reward | None
    points: Points | None
    redemption_type: str
    redemption_value: Decimal | None
    vouchers: tuple[Voucher, ...] = field(repr=False)
    vendor_rewards: tuple[Any, ...] = field(repr=False)
    custom_fields: Mapping[str, Any] = field(repr=False)
    transaction_custom_fields: Any = field(repr=False)
    fulfilment: Any = field(repr=False)
    fulfilment_log: tuple[Any, ...] = field(repr=False)
    rich_texts: tuple[RichText, ...] = field(repr=False)
    languages: Any = field(repr=False)
    owner_id: str
    owner_type: str
    event_log_id: str
    raw: Mapping[str, Any] = field(repr=False)


def issual(payload: object) -> Issual:
    """Read the answer. Raises Unusable without data or without the id of the transaction."""
    whole = struct(payload, name="issual")
    data = struct(whole.get("data"), name="issual's data")
    transaction_id = opaque_id(data.get("rewardTransactionId"))
    if transaction_id is None:
        raise Unusable("the issual has no id")
    redemption = substruct(data, key="redemptionDetails")
    return Issual(
        transaction_id=transaction_id,
        customer_id=text(data, "customerId"),
        org_id=text(data, "orgId"),
        reference=text(data, "rewardIssueRefId"),
        transacted_at=instant(data.get("rewardTransactionDate")),
        issued_at=instant(data.get("issueDateTime")),
        event_at=instant(data.get("eventDateTime")),
        outcome=_outcome(data.get("status")),
        quantity=count(data, "quantity"),
        requested_quantity=count(data, "requestedQuantity"),
        is_group_redemption=_truth(data.get("groupRedemption")),
        reward=_reward(substruct(data, key="rewardDetails")),
        points=_points(substruct(data, key="pointsRedemption")),
        redemption_type=text(redemption, "redemptionType"),
        redemption_value=amount(redemption.get("totalRedemptionValue")),
        vouchers=tuple(_voucher(one) for one in items(data, key="vouchers") if isinstance(one, dict)),
        vendor_rewards=_vendor_rewards(substruct(data, key="vendorRewards")),
        custom_fields=substruct(data, key="customFields"),
        transaction_custom_fields=data.get("transactionCustomFields"),
        fulfilment=data.get("fulfillmentDetails"),
        fulfilment_log=tuple(items(data, key="fulfillmentDetailsAuditLog")),
        rich_texts=_rich_texts(substruct(data, key="richContentRO")),
        languages=data.get("languageSpecificInfo"),
        owner_id=text(data, "ownerId"),
        owner_type=text(data, "ownerType"),
        event_log_id=text(data, "eventLogId"),
        raw=whole,
    )


def instant(value: object) -> datetime | None:
    """Read a time: milliseconds since the epoch, also spelled as a string, or ISO 8601. Unreadable is None."""
    if isinstance(value, str) and not value.strip().isdecimal():
        return moment(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    milliseconds = float(value)
    if not 0 < milliseconds < LATEST_MILLISECONDS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _outcome(value: object) -> Outcome:
    one = value[0] if isinstance(value, list) and value else value
    if not isinstance(one, dict):
        return Outcome()
    return Outcome(success=_truth(one.get("success")), code=text(one, "code"), message=text(one, "message"))


def _reward(item: Mapping[str, Any]) -> Reward | None:
    if not item:
        return None
    return Reward(
        id=text(item, "rewardId"),
        name=text(item, "name"),
        description=text(item, "description"),
        language=text(item, "languageCode"),
        rank=count(item, "rewardRank"),
        groups=_words(item, key="groups"),
        points=amount(item.get("intouchPoints")),
        series_id=text(item, "intouchSeriesId"),
        redemption_type=text(item, "redemptionType"),
        vendor_id=text(item, "vendorId"),
        vendor_name=text(item, "vendorName"),
        vendor_redemption_id=text(item, "vendorRedemptionId"),
        vendor_redemption_name=text(item, "vendorRedemptionName"),
        images=_images(item),
        videos=_media(item, key="videos"),
    )


def _images(item: Mapping[str, Any]) -> tuple[Medium, ...]:
    """Return the pictures, the reward's own first; one that is listed twice is kept once."""
    own = text(item, "imageUrl")
    first = (Medium(name="", alt="", url=own),) if own else ()
    return first + tuple(one for one in _media(item, key="images") if one.url != own)


def _media(item: Mapping[str, Any], *, key: str) -> tuple[Medium, ...]:
    found = (one for one in items(item, key=key) if isinstance(one, dict))
    media = (Medium(name=text(one, "name"), alt=text(one, "altText"), url=text(one, "url")) for one in found)
    return tuple(medium for medium in media if medium.url)


def _words(item: Mapping[str, Any], *, key: str) -> tuple[str, ...]:
    """Return a list of names; each may stand by itself or as the `name` of an object."""
    found = (text(one if isinstance(one, dict) else {"name": one}, "name", "groupName") for one in items(item, key=key))
    return tuple(word for word in found if word)


def _points(item: Mapping[str, Any]) -> Points | None:
    if not item:
        return None
    references = dict.fromkeys([text(item, "pointsRedemptionRefId"), *_words(item, key="pointsRedemptionRefIds")])
    return Points(
        redeemed=amount(item.get("redeemedPoints")),
        vendor_id=text(item, "vendorId"),
        vendor_name=text(item, "vendorName"),
        references=tuple(reference for reference in references if reference),
        outcome=_outcome(item.get("status")),
    )


def _voucher(item: Mapping[str, Any]) -> Voucher:
    commissions = ((key, amount(value)) for key, value in substruct(item, key="revenueDetails").items())
    return Voucher(
        code=text(item, "code"), commissions=tuple((key, value) for key, value in commissions if value is not None)
    )


def _vendor_rewards(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what the vendor gave. Each is a JSON document spelled as a string; one that is none stays a string."""
    listed = (one.get("json") if isinstance(one, dict) else one for one in items(item, key="rewards"))
    return tuple(_decoded(one) for one in listed if one is not None)


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _rich_texts(item: Mapping[str, Any]) -> tuple[RichText, ...]:
    return tuple(
        RichText(key=key, html=text(one, "content"))
        for key, one in item.items()
        if isinstance(one, dict) and one.get("isEnabled") is not False and text(one, "content")
    )
