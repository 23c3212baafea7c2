"""Scopes, merchants, locations and reward templates."""

from __future__ import annotations

from typing import Any

from sandbox.api.request import Call
from sandbox.options import Dialect
from sandbox.wire.answers import Answer, bad_request, not_found, page_of
from sandbox.world.catalog import Merchant, Template


def scopes(call: Call) -> Answer:
    """Tell what the credential may do."""
    return Answer(payload={"scopes": list(call.running.options.scopes)})


def merchants(call: Call) -> Answer:
    """List the merchants of the credential."""
    told = [
        {"id": merchant.id, "name": merchant.name, "handle": merchant.handle}
        for merchant in call.running.world.merchants.values()
    ]
    if call.running.options.dialect == Dialect.USUAL:
        return Answer(payload={"merchants": told})  # documented without pagination
    return page_of(told, name="merchants", query=call.query)


def locations(call: Call) -> Answer:
    """List a merchant's locations."""
    return page_of(merchant_of(call).locations, name="locations", query=call.query)


def templates(call: Call) -> Answer:
    """List a merchant's published reward templates."""
    merchant = merchant_of(call)
    told = [
        _document(template, base_url=call.base_url)
        for template in call.running.world.templates.values()
        if template.merchant_id == merchant.id and template.published
    ]
    return page_of(told, name="reward_templates", query=call.query)


def template(call: Call) -> Answer:
    """Tell about one published reward template."""
    merchant = merchant_of(call)
    found = published_template(call, template_id=call.params["id"], merchant=merchant)
    if found is None:
        raise not_found("the reward template")
    return Answer(payload={"reward_template": _document(found, base_url=call.base_url)})


def published_template(call: Call, *, template_id: str, merchant: Merchant) -> Template | None:
    """Return the merchant's published template with that id, or None."""
    found = call.running.world.templates.get(template_id)
    if found is None or found.merchant_id != merchant.id or not found.published:
        return None
    return found


def merchant_of(call: Call) -> Merchant:
    """Return the merchant the query names. Refuses with 400 when it names none, 404 when unknown."""
    if not call.query.get("merchant_id"):
        raise bad_request("merchant_id is required")
    return known_merchant(call, merchant_id=call.query["merchant_id"])


def known_merchant(call: Call, *, merchant_id: str) -> Merchant:
    """Return the merchant with that id. Refuses with 404."""
    found = call.running.world.merchants.get(merchant_id)
    if found is None:
        raise not_found("the merchant")
    return found


def _document(template: Template, *, base_url: str) -> dict[str, Any]:
    picture = f"{base_url}/images/{template.id}.svg"
    return {
        "id": template.id,
        "name": template.name,
        "type": "reward",
        "subtype": template.subtype,
        "description": template.description,
        "fine_print": template.fine_print,
        "discount": template.discount,
        "redemption_venue": template.redemption_venue,
        "images": {"default": picture} if template.pictured else {},
    }
