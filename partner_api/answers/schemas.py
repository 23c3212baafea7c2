"""What the partner's answers mean, as typed values. The only module that knows both dialects of the API.

Parsers are generous: unknown keys are ignored, a missing one becomes '' or None, states and types stay the words the
partner used. What cannot be used at all (no id, no object where one must be) raises `Unusable`, whose text names the
key and never its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from partner_api.answers.values import amount, count, items, moment, opaque_id, own_id, percent, struct, substruct, text


@dataclass(frozen=True, slots=True)
class Merchant:
    """A brand that connected itself to this partner."""

    id: str
    name: str
    handle: str


@dataclass(frozen=True, slots=True)
class Location:
    """One of a merchant's shops."""

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
    """What a merchant offers to give away; `discount_value` is in the unit that `discount_type` names."""

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
    """A campaign as the partner keeps it. Dates carry an offset; one that cannot be read is None."""

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
class JobFailure:
    """One identifier that got no reward; `index` is its position in the submitted list, from 0."""

    index: int
    identifier_type: str
    error: str = field(repr=False)  # the partner's text, which may quote the identifier


@dataclass(frozen=True, slots=True)
class IssuanceJob:
    """The partner's work on one batch. Absent counts are None; `failures` is None until a summary was given.

    `state` is the partner's word, known to us or not, '' where it gave none. `unplaced` counts failures that named no
    position: they are real, and nobody can say whose they are.
    """

    id: str
    campaign_id: str | None
    variant_id: str | None
    state: str
    total_count: int | None = None
    processed_count: int | None = None
    success_count: int | None = None
    failure_count: int | None = None
    progress_percent: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    failures: tuple[JobFailure, ...] | None = None
    unplaced: int = 0


@dataclass(frozen=True, slots=True)
class Identifier:
    """How the partner knows a guest. Its value never shows in a repr."""

    type: Literal["email", "phone"]
    value: str = field(repr=False)


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
    return Merchant(id=own_id(item, name="merchant"), name=text(item, "name"), handle=text(item, "handle"))


def location(data: object) -> Location:
    """Read one location."""
    item = struct(data, name="location")
    return Location(
        id=own_id(item, name="location"),
        merchant_id=opaque_id(item.get("merchant_id")),
        name=text(item, "name"),
        street=text(item, "street"),
        city=text(item, "city"),
        state=text(item, "state"),
        zip=text(item, "zip"),
        phone=text(item, "phone"),
    )


def reward_template(data: object) -> RewardTemplate:
    """Read one reward template."""
    item = struct(data, name="reward template")
    discount = substruct(item, key="discount")
    return RewardTemplate(
        id=own_id(item, name="reward template"),
        merchant_id=opaque_id(item.get("merchant_id")),
        name=text(item, "name"),
        type=text(item, "type"),
        subtype=text(item, "subtype"),
        description=text(item, "description"),
        fine_print=text(item, "fine_print"),
        discount_type=text(discount, "type"),
        discount_value=amount(discount.get("value")),
        redemption_venue=text(item, "redemption_venue"),
        image_url=text(substruct(item, key="images"), "default"),
    )


def campaign(data: object) -> Campaign:
    """Read one campaign with its variants."""
    item = struct(data, name="campaign")
    return Campaign(
        id=own_id(item, name="campaign"),
        merchant_id=opaque_id(item.get("merchant_id")),
        name=text(item, "name"),
        objective=text(item, "objective"),
        fine_print=text(item, "fine_print"),
        start_at=moment(item.get("start_at")),
        end_at=moment(item.get("end_at")),
        redeemable_from=moment(item.get("redeemable_from")),
        redeemable_to=moment(item.get("redeemable_to")),
        time_zone=text(item, "time_zone"),
        variants=tuple(_variant(one) for one in items(item, key="variants")),
    )


def _variant(data: object) -> Variant:
    item = struct(data, name="variant")
    return Variant(
        id=own_id(item, name="variant"),
        name=text(item, "name"),
        reward_template_id=opaque_id(item.get("reward_template_id")),
    )


def issuance_job(data: object) -> IssuanceJob:
    """Read one issuance job, from a 202, a poll or a revocation, in either dialect of its counts."""
    item = struct(data, name="issuance job")
    summary = substruct(item, key="summary")
    failures, unplaced = _failures(summary)
    return IssuanceJob(
        id=own_id(item, name="issuance job"),
        campaign_id=opaque_id(item.get("campaign_id")),
        variant_id=opaque_id(item.get("variant_id")),
        state=text(item, "state"),
        total_count=count(item, "total_count", "requested_count"),
        processed_count=count(item, "processed_count"),
        success_count=_larger(
            count(item, "success_count", "issued_count"), count(summary, "success_count", "issued_count")
        ),
        failure_count=_larger(
            count(item, "failure_count", "failed_count"), count(summary, "failure_count", "failed_count")
        ),
        progress_percent=percent(item.get("progress_percent")),
        created_at=moment(item.get("created_at")),
        started_at=moment(item.get("started_at")),
        completed_at=moment(item.get("completed_at")),
        failures=failures,
        unplaced=unplaced,
    )


def _larger(*values: int | None) -> int | None:
    """Return the larger count: progress may lag behind the summary, and neither ever overtakes the truth."""
    return max((value for value in values if value is not None), default=None)


def _failures(summary: Mapping[str, Any]) -> tuple[tuple[JobFailure, ...] | None, int]:
    """Return the failures that name a position, and how many name none."""
    if not isinstance(summary.get("failures"), list):
        return None, 0
    listed = items(summary, key="failures")
    failures = [_failure(one) for one in listed if isinstance(one, dict)]
    placed = tuple(failure for failure in failures if failure is not None)
    return placed, len(listed) - len(placed)


def _failure(item: Mapping[str, Any]) -> JobFailure | None:
    index = count(item, "identifier_index", "index")
    if index is None:
        return None
    return JobFailure(index=index, identifier_type=text(item, "identifier_type"), error=text(item, "error", "reason"))
