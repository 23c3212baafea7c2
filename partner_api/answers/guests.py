"""Guests of Thanx as typed values: members, settings, tokens, feedback and tags, in both dialects of the API.

Readers are as tolerant as in `catalog`. Fields that identify a guest are left out of reprs, so that no traceback and no
log line can hold them.
"""

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
    own_id,
    read,
    struct,
    substruct,
    text,
    truth,
)

RATINGS = range(1, 11)
LATEST_EPOCH = 2**33  # the year 2242: beyond it, a number of seconds is none


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A guest's birthday. Any part of it may be unknown."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Loyalty:
    """A guest's standing in the merchant's loyalty programme."""

    tier: str = ""
    points_balance: Decimal | None = None
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CommunicationSettings:
    """What a guest agreed to receive from a merchant. None where Thanx does not say."""

    reward_progress_email: bool | None = None
    reward_offer_email: bool | None = None
    reward_offer_notification: bool | None = None
    marketing_general_email: bool | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A guest as Thanx keeps it. `loyalty` and `communication` are None unless they were requested and given."""

    id: str
    email: str = field(repr=False)
    phone: str = field(repr=False)
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    birth_date: BirthDate | None = field(repr=False)
    zip_code: str = field(repr=False)
    updated_at: datetime | None
    loyalty: Loyalty | None
    communication: CommunicationSettings | None


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """A person who agreed to receive a merchant's marketing. Only the address is required."""

    email: str = field(repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    birth_date: BirthDate | None = field(default=None, repr=False)  # month and day; Thanx takes no year
    zip_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class UserToken:
    """An access token of a guest: never stored, never logged. `expires_in` is in seconds from `created_at`."""

    access_token: str = field(repr=False)
    token_type: str
    scope: str
    created_at: datetime | None
    expires_in: int | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """The purchase that a feedback is about. `amount` is in the merchant's currency."""

    id: str | None
    purchased_at: datetime | None
    amount: Decimal | None
    order_id: str | None
    order_provider: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A guest's feedback on one visit. `rating` is 1 to 10, None until given; `response` is ours, '' until sent."""

    id: str
    user_id: str | None
    merchant_id: str | None
    location_id: str | None
    state: str
    rating: int | None
    review: str = field(repr=False)
    response: str = field(repr=False)
    expires_at: datetime | None
    purchased_at: datetime | None
    viewed_at: datetime | None
    rated_at: datetime | None
    reviewed_at: datetime | None
    responded_at: datetime | None
    purchase: Purchase | None


@dataclass(frozen=True, slots=True)
class Tag:
    """The values of one guest under one key. The merchant's other partners share them."""

    user_id: str
    key: str
    values: tuple[str, ...]


def user(data: object) -> User:
    """Read one guest."""
    item = struct(data, name="user")
    return read(
        User,
        item,
        id=own_id(item, name="user"),
        birth_date=birth_date(item.get("birth_date")),
        loyalty=_loyalty(item.get("loyalty")),
        communication=_settings_within(item),
    )


def birth_date(data: object) -> BirthDate | None:
    """Read a birthday; None if no part of it is known."""
    if not isinstance(data, dict):
        return None
    found = read(BirthDate, data)
    return None if found == BirthDate() else found


def _loyalty(data: object) -> Loyalty | None:
    if not isinstance(data, dict):
        return None
    tier = text(data, "tier") or text(substruct(data, key="tier"), "name")
    return read(Loyalty, data, tier=tier, joined_at=moment(data.get("user_joined_at")))


def _settings_within(item: Mapping[str, Any]) -> CommunicationSettings | None:
    for key in ("communication_setting", "communication_settings"):
        part = item.get(key)
        part = part[0] if isinstance(part, list) and part else part
        if isinstance(part, dict):
            return communication_settings(part)
    return None


def communication_settings(data: object) -> CommunicationSettings:
    """Read what a guest agreed to receive."""
    item = struct(data, name="communication setting")
    return CommunicationSettings(
        reward_progress_email=_flag(item, "reward_progress", "email"),
        reward_offer_email=_flag(item, "reward_offer", "email"),
        reward_offer_notification=_flag(item, "reward_offer", "notification"),
        marketing_general_email=_flag(item, "marketing_general", "email"),
    )


def _flag(item: Mapping[str, Any], key: str, channel: str) -> bool | None:
    return truth(substruct(item, key=key).get(channel))


def subscriber(data: object) -> str:
    """Return the accepted address; '' where the answer does not repeat it."""
    return text(struct(data, name="subscriber"), "email")


def user_token(data: object) -> UserToken:
    """Read a guest's token. An answer without one is unusable."""
    item = struct(data, name="token")
    if not text(item, "access_token"):
        raise Unusable("the answer holds no token")
    return read(UserToken, item, created_at=_unix_or_iso(item.get("created_at")))


def _unix_or_iso(value: object) -> datetime | None:
    """Read a time of an OAuth answer: seconds since the epoch, as OAuth servers usually send it, or ISO 8601."""
    seconds = amount(value)
    if seconds is None:
        return moment(value)
    return datetime.fromtimestamp(float(seconds), tz=UTC) if 0 <= seconds < LATEST_EPOCH else None


def feedback(data: object) -> Feedback:
    """Read one feedback. A rating outside 1 to 10 becomes None."""
    item = struct(data, name="feedback")
    rating = count(item, "rating")
    return read(
        Feedback,
        item,
        id=own_id(item, name="feedback"),
        rating=rating if rating in RATINGS else None,
        purchase=_purchase(item.get("purchase")),
    )


def _purchase(data: object) -> Purchase | None:
    if not isinstance(data, dict):
        return None
    order = substruct(data, key="order")
    return read(Purchase, data, order_id=opaque_id(order.get("id")), order_provider=text(order, "provider"))


def tag(data: object) -> Tag:
    """Read one tag. Without a guest or a key it is unusable."""
    item = struct(data, name="tag")
    user_id, key = opaque_id(item.get("user_id")), text(item, "key")
    if user_id is None or not key:
        raise Unusable("the tag has no user or no key")
    values = items(item, key="values") or [item.get("value")]
    return Tag(
        user_id=user_id, key=key, values=tuple(found for one in values if (found := text({"value": one}, "value")))
    )
