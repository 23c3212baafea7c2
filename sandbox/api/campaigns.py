"""Creating, listing and showing campaigns."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.api.discovery import known_merchant, merchant_of, published_template
from sandbox.api.request import ApiRequest, required_text
from sandbox.models import Campaign, iso8601
from sandbox.wire.answers import Answer, bad_request, not_found, page_of, unprocessable
from sandbox.world.catalog import Merchant

CONTROL = "Control"
MOST_VARIANTS = 4
DATES = ("start_at", "end_at", "redeemable_from", "redeemable_to")


def create(request: ApiRequest) -> Answer:
    """Create a campaign. It is not idempotent: the same body twice creates two."""
    campaign = added_campaign(request, asked=request.document().get("campaign"))
    return Answer(status=201, payload={"campaign": campaign.document})


def added_campaign(request: ApiRequest, *, asked: object) -> Campaign:
    """Check a campaign, store it and return it. Refuses with 400, 404 or 422."""
    if not isinstance(asked, dict):
        raise bad_request("campaign is required")
    merchant = known_merchant(request, merchant_id=required_text(asked, name="merchant_id"))
    dates = {name: _instant(asked, name) for name in DATES}
    _check_order(dates, at=request.at)
    document: dict[str, Any] = {
        "id": uuid.uuid4().hex[:24],
        "name": required_text(asked, name="name"),
        "objective": _optional_text(asked, "objective"),
        **{name: iso8601(instant.timestamp()) for name, instant in dates.items()},
        "time_zone": merchant.time_zone,
        "fine_print": _optional_text(asked, "fine_print"),
        "variants": _variants(request, asked.get("variants"), merchant=merchant),
    }
    campaign = Campaign(id=document["id"], merchant_id=merchant.id, created_at=request.at, document=document)
    request.sandbox.store.add_campaign(campaign)
    return campaign


def index(request: ApiRequest) -> Answer:
    """List the merchant's campaigns that are not over, the newest first."""
    merchant = merchant_of(request)
    listed = [
        campaign.document
        for campaign in request.sandbox.store.campaigns()
        if campaign.merchant_id == merchant.id and not is_over(campaign, at=request.at)
    ]
    return page_of(listed, name="campaigns", query=request.query)


def show(request: ApiRequest) -> Answer:
    """Return one campaign."""
    campaign = request.sandbox.store.campaign(request.params["id"])
    if campaign is None or request.query.get("merchant_id", campaign.merchant_id) != campaign.merchant_id:
        raise not_found("the campaign")
    return Answer(payload={"campaign": campaign.document})


def is_over(campaign: Campaign, *, at: float) -> bool:
    """Return whether it has ended, so that nothing can be issued."""
    return datetime.fromisoformat(campaign.document["end_at"]).timestamp() < at


def _optional_text(asked: dict[str, Any], name: str) -> str | None:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{name} is not a text")
    return value


def _instant(asked: dict[str, Any], name: str) -> datetime:
    written_date = required_text(asked, name=name)
    try:
        instant = datetime.fromisoformat(written_date)
    except ValueError:
        raise bad_request(f"{name} is not an ISO 8601 date and time") from None
    if instant.tzinfo is None:
        raise bad_request(f"{name} has no offset from UTC")
    return instant.astimezone(UTC)


def _check_order(dates: dict[str, datetime], *, at: float) -> None:
    if len(set(dates.values())) == 1:
        raise unprocessable("the four dates are all the same: guests would have no time to redeem")
    in_order = (
        ("start_at", "end_at"),
        ("redeemable_from", "redeemable_to"),
        ("start_at", "redeemable_from"),
        ("end_at", "redeemable_to"),
    )
    for earlier, later in in_order:
        if dates[earlier] > dates[later]:
            raise unprocessable(f"{earlier} is later than {later}")
    if dates["end_at"].timestamp() <= at:
        raise unprocessable("end_at has passed")


def _variants(request: ApiRequest, asked: object, *, merchant: Merchant) -> list[dict[str, Any]]:
    if not isinstance(asked, list) or not all(isinstance(variant, dict) for variant in asked):
        raise bad_request("variants is required")
    if not 1 <= len(asked) <= MOST_VARIANTS:
        raise unprocessable(f"a campaign has 1 to {MOST_VARIANTS} variants, not {len(asked)}")
    variants = [_variant(request, variant, merchant=merchant) for variant in asked]
    if len({variant["name"] for variant in variants}) < len(variants):
        raise unprocessable("two variants have the same name")
    return variants


def _variant(request: ApiRequest, asked: dict[str, Any], *, merchant: Merchant) -> dict[str, Any]:
    name, template_id = required_text(asked, name="name"), _optional_text(asked, "reward_template_id")
    if name == CONTROL and template_id is not None:
        raise unprocessable("the variant Control has no reward_template_id")
    if name != CONTROL and template_id is None:
        raise unprocessable(f"a variant without reward_template_id is named exactly {CONTROL}")
    if template_id is not None and published_template(request, template_id=template_id, merchant=merchant) is None:
        raise unprocessable("reward_template_id is not among the merchant's published reward templates")
    return {"id": uuid.uuid4().hex[:24], "name": name, "reward_template_id": template_id}
