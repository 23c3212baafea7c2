"""An issual, one issued reward at Capillary, as typed values. Absent and null values are '', None or empty.

Source: docs.capillarytech.com, "Get transaction details by customer ID and reward transaction ID". No structure is
published for `customFields`, `fulfillmentDetails` and the like: they stay as they came.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from partner_api.answers.readers import (
    Unusable,
    amount,
    count,
    items,
    moment,
    opaque_id,
    read,
    struct,
    substruct,
    text,
    truth,
)

LATEST_MILLISECONDS = 4_102_444_800_000  # the year 2100: a larger number is no time in milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class IssualStatus:
    """Whether a part of it succeeded; `success` is None where Capillary does not say."""

    success: bool | None = None
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A picture or a video. `url` is untrusted: it may have any scheme, or none, and may have expired."""

    name: str
    alt: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssualReward:
    """The reward that was issued, and the vendor who provides it."""

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
class PointsSpent:
    """What the reward cost the customer."""

    redeemed: Decimal | None
    vendor_id: str
    vendor_name: str
    references: tuple[str, ...]
    outcome: IssualStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """A code and the commissions on it: (key, amount) in the order of the answer."""

    code: str = field(repr=False)
    commissions: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RichText:
    """A text of the reward, in untrusted HTML."""

    key: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issual:
    """One issued reward. `raw` is the whole answer, which operators may read."""

    transaction_id: str
    customer_id: str
    org_id: str
    reference: str
    transacted_at: datetime | None
    issued_at: datetime | None
    event_at: datetime | None
    outcome: IssualStatus
    quantity: int | None
    requested_quantity: int | None
    is_group_redemption: bool | None
    reward: IssualReward | None
    points: PointsSpent | None
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
    """Read an issual. Raises Unusable without data or without the id of the transaction."""
    whole = struct(payload, name="issual")
    data = struct(whole.get("data"), name="issual's data")
    transaction_id = opaque_id(data.get("rewardTransactionId"))
    if transaction_id is None:
        raise Unusable("the issual has no id")
    redemption = substruct(data, key="redemptionDetails")
    return read(
        Issual,
        data,
        spelled=_camel,
        transaction_id=transaction_id,
        reference=text(data, "rewardIssueRefId"),
        transacted_at=instant(data.get("rewardTransactionDate")),
        issued_at=instant(data.get("issueDateTime")),
        event_at=instant(data.get("eventDateTime")),
        outcome=_status(data.get("status")),
        is_group_redemption=truth(data.get("groupRedemption")),
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


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _status(value: object) -> IssualStatus:
    one = value[0] if isinstance(value, list) and value else value
    return read(IssualStatus, one) if isinstance(one, dict) else IssualStatus()


def _reward(item: Mapping[str, Any]) -> IssualReward | None:
    if not item:
        return None
    return read(
        IssualReward,
        item,
        spelled=_camel,
        id=text(item, "rewardId"),
        language=text(item, "languageCode"),
        rank=count(item, "rewardRank"),
        groups=_words(item, key="groups"),
        points=amount(item.get("intouchPoints")),
        series_id=text(item, "intouchSeriesId"),
        images=_images(item),
        videos=_media(item, key="videos"),
    )


def _images(item: Mapping[str, Any]) -> tuple[Medium, ...]:
    """Return the pictures, the reward's own first, each of them once."""
    own = text(item, "imageUrl")
    first = (Medium(name="", alt="", url=own),) if own else ()
    return first + tuple(one for one in _media(item, key="images") if one.url != own)


def _media(item: Mapping[str, Any], *, key: str) -> tuple[Medium, ...]:
    found = (one for one in items(item, key=key) if isinstance(one, dict))
    media = (Medium(name=text(one, "name"), alt=text(one, "altText"), url=text(one, "url")) for one in found)
    return tuple(medium for medium in media if medium.url)


def _words(item: Mapping[str, Any], *, key: str) -> tuple[str, ...]:
    """Return a list of names. Each may be a string, or the `name` of an object."""
    found = (text(one if isinstance(one, dict) else {"name": one}, "name", "groupName") for one in items(item, key=key))
    return tuple(word for word in found if word)


def _points(item: Mapping[str, Any]) -> PointsSpent | None:
    if not item:
        return None
    references = dict.fromkeys([text(item, "pointsRedemptionRefId"), *_words(item, key="pointsRedemptionRefIds")])
    return read(
        PointsSpent,
        item,
        spelled=_camel,
        redeemed=amount(item.get("redeemedPoints")),
        references=tuple(reference for reference in references if reference),
        outcome=_status(item.get("status")),
    )


def _voucher(item: Mapping[str, Any]) -> Voucher:
    commissions = ((key, amount(value)) for key, value in substruct(item, key="revenueDetails").items())
    return Voucher(
        code=text(item, "code"), commissions=tuple((key, value) for key, value in commissions if value is not None)
    )


def _vendor_rewards(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what the vendor gave: JSON documents in strings. A string that is no JSON stays a string."""
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
