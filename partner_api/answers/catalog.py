"""Merchants, locations, reward templates and campaigns of Thanx as typed values.

Readers are tolerant: unknown keys are ignored, a missing one becomes '' or None, and types stay Thanx's words. An
answer without an id, or that is no object, raises `Unusable`.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from partner_api.answers.readers import amount, items, own_id, read, struct, substruct, text


@dataclass(frozen=True, slots=True)
class Merchant:
    """A brand that is connected to this partner."""

    id: str
    name: str
    handle: str


@dataclass(frozen=True, slots=True)
class Location:
    """One shop of a merchant."""

    id: str
    merchant_id: str | None
    name: str
    street: str
    city: str
    state: str
    zip: str
    phone: str


@dataclass(frozen=True, slots=True)
class RewardTemplate:
    """A reward that a merchant offers; `discount_value` is in the unit of `discount_type`."""

    id: str
    merchant_id: str | None
    name: str
    type: str
    subtype: str
    description: str
    fine_print: str
    discount_type: str
    discount_value: Decimal | None
    redemption_venue: str
    image_url: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm of a campaign. A control has no template."""

    id: str
    name: str
    reward_template_id: str | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as Thanx keeps it. Dates are in UTC; an unreadable one is None."""

    id: str
    merchant_id: str | None
    name: str
    objective: str
    fine_print: str
    start_at: datetime | None
    end_at: datetime | None
    redeemable_from: datetime | None
    redeemable_to: datetime | None
    time_zone: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class NewVariant:
    """An arm to be created; the control is named exactly `Control` and has no template."""

    name: str
    reward_template_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign to be created. All four dates carry an offset."""

    merchant_id: str
    name: str
    objective: str
    fine_print: str
    start_at: datetime
    end_at: datetime
    redeemable_from: datetime
    redeemable_to: datetime
    variants: tuple[NewVariant, ...]


def merchant(data: object) -> Merchant:
    """Read one merchant."""
    item = struct(data, name="merchant")
    return read(Merchant, item, id=own_id(item, name="merchant"))


def location(data: object) -> Location:
    """Read one location."""
    item = struct(data, name="location")
    return read(Location, item, id=own_id(item, name="location"))


def reward_template(data: object) -> RewardTemplate:
    """Read one reward template."""
    item = struct(data, name="reward template")
    discount = substruct(item, key="discount")
    return read(
        RewardTemplate,
        item,
        id=own_id(item, name="reward template"),
        discount_type=text(discount, "type"),
        discount_value=amount(discount.get("value")),
        image_url=text(substruct(item, key="images"), "default"),
    )


def campaign(data: object) -> Campaign:
    """Read one campaign with its variants."""
    item = struct(data, name="campaign")
    return read(
        Campaign,
        item,
        id=own_id(item, name="campaign"),
        variants=tuple(_variant(one) for one in items(item, key="variants")),
    )


def _variant(data: object) -> Variant:
    item = struct(data, name="variant")
    return read(Variant, item, id=own_id(item, name="variant"))
