"""What the partner says about guests, as typed values, in both dialects of the API.

As in `schemas`: unknown keys are ignored, a missing one is '' or None, states stay the partner's words. Everything that
tells who a guest is hides from reprs, so that no traceback and no log line can hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from partner_api.answers.values import (
    Unusable,
    amount,
    count,
    items,
    moment,
    opaque_id,
    own_id,
    struct,
    substruct,
    text,
)

RATINGS = range(1, 11)
LATEST_EPOCH = 2**33  # the year 2242: beyond it, a number of seconds is none


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A guest's birthday. Of the year nothing may be known, of the day of the year either."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Loyalty:
    """How a guest stands in the merchant's programme."""

    tier: str = ""
    points_balance: Decimal | None = None
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CommunicationSettings:
    """What a guest agreed to receive from a merchant. None where the partner did not say."""

    reward_progress_email: bool | None = None
    reward_offer_email: bool | None = None
    reward_offer_notification: bool | None = None
    marketing_general_email: bool | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A guest as the partner keeps it. `loyalty` and `communication` are None unless they were asked for and given."""

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
    """Somebody who agreed to receive a merchant's marketing. Only the address is required."""

    email: str = field(repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    birth_date: BirthDate | None = field(default=None, repr=False)  # month and day; the year is not asked for
    zip_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class UserToken:
    """A guest's own token: never stored, never logged. `expires_in` is in seconds from `created_at`."""

    access_token: str = field(repr=False)
    token_type: str
    scope: str
    created_at: datetime | None
    expires_in: int | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a feedback is about. `amount` is in the merchant's currency."""

    id: str | None
    purchased_at: datetime | None
    amount: Decimal | None
    order_id: str | None
    order_provider: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a guest thinks of one visit. `rating` is 1 to 10, None until given; `response` is ours, '' until sent."""

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
    """The values that one guest has under one key. Tags are shared with the merchant's other partners."""

    user_id: str
    key: str
    values: tuple[str, ...]


def user(data: object) -> User:
    """Read one guest."""
    item = struct(data, name="user")
    return User(
        id=own_id(item, name="user"),
        email=text(item, "email"),
        phone=text(item, "phone"),
        first_name=text(item, "first_name"),
        last_name=text(item, "last_name"),
        birth_date=birth_date(item.get("birth_date")),
        zip_code=text(item, "zip_code"),
        updated_at=moment(item.get("updated_at")),
        loyalty=_loyalty(item.get("loyalty")),
        communication=_settings_within(item),
    )


def birth_date(data: object) -> BirthDate | None:
    """Read a birthday; None where nothing of it is known."""
    if not isinstance(data, dict):
        return None
    found = BirthDate(year=count(data, "year"), month=count(data, "month"), day=count(data, "day"))
    return None if found == BirthDate() else found


def _loyalty(data: object) -> Loyalty | None:
    if not isinstance(data, dict):
        return None
    return Loyalty(
        tier=text(data, "tier") or text(substruct(data, key="tier"), "name"),
        points_balance=amount(data.get("points_balance")),
        joined_at=moment(data.get("user_joined_at")),
    )


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
    value = substruct(item, key=key).get(channel)
    return value if isinstance(value, bool) else None


def subscriber(data: object) -> str:
    """Return the address that was accepted; '' where the answer does not repeat it."""
    return text(struct(data, name="subscriber"), "email")


def user_token(data: object) -> UserToken:
    """Read a guest's token. An answer without one is unusable."""
    item = struct(data, name="token")
    token = text(item, "access_token")
    if not token:
        raise Unusable("the answer holds no token")
    return UserToken(
        access_token=token,
        token_type=text(item, "token_type"),
        scope=text(item, "scope"),
        created_at=_unix_or_iso(item.get("created_at")),
        expires_in=count(item, "expires_in"),
    )


def _unix_or_iso(value: object) -> datetime | None:
    """Read the moment of an OAuth answer: seconds since the epoch, by the habit of OAuth servers, or ISO 8601."""
    seconds = amount(value)
    if seconds is None:
        return moment(value)
    return datetime.fromtimestamp(float(seconds), tz=UTC) if 0 <= seconds < LATEST_EPOCH else None


def feedback(data: object) -> Feedback:
    """Read one feedback. A rating outside 1 to 10 is none."""
    item = struct(data, name="feedback")
    rating = count(item, "rating")
    return Feedback(
        id=own_id(item, name="feedback"),
        user_id=opaque_id(item.get("user_id")),
        merchant_id=opaque_id(item.get("merchant_id")),
        location_id=opaque_id(item.get("location_id")),
        state=text(item, "state"),
        rating=rating if rating in RATINGS else None,
        review=text(item, "review"),
        response=text(item, "response"),
        expires_at=moment(item.get("expires_at")),
        purchased_at=moment(item.get("purchased_at")),
        viewed_at=moment(item.get("viewed_at")),
        rated_at=moment(item.get("rated_at")),
        reviewed_at=moment(item.get("reviewed_at")),
        responded_at=moment(item.get("responded_at")),
        purchase=_purchase(item.get("purchase")),
    )


def _purchase(data: object) -> Purchase | None:
    if not isinstance(data, dict):
        return None
    order = substruct(data, key="order")
    return Purchase(
        id=opaque_id(data.get("id")),
        purchased_at=moment(data.get("purchased_at")),
        amount=amount(data.get("amount")),
        order_id=opaque_id(order.get("id")),
        order_provider=text(order, "provider"),
    )


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
