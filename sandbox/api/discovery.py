"""Scopes, merchants, locations and reward templates."""

from typing import Any

from sandbox.api.request import ApiRequest
from sandbox.options import Dialect
from sandbox.wire.answers import Answer, bad_request, not_found, page_of
from sandbox.world.catalog import Merchant, Template


def scopes(request: ApiRequest) -> Answer:
    """Return the scopes of the credential."""
    return Answer(payload={"scopes": list(request.sandbox.options.scopes)})


def merchants(request: ApiRequest) -> Answer:
    """List the merchants of the credential."""
    listed = [
        {"id": merchant.id, "name": merchant.name, "handle": merchant.handle}
        for merchant in request.sandbox.world.merchants.values()
    ]
    if request.sandbox.options.dialect == Dialect.USUAL:
        return Answer(payload={"merchants": listed})  # documented without pagination
    return page_of(listed, name="merchants", query=request.query)


def locations(request: ApiRequest) -> Answer:
    """List a merchant's locations."""
    return page_of(merchant_of(request).locations, name="locations", query=request.query)


def templates(request: ApiRequest) -> Answer:
    """List a merchant's published reward templates."""
    merchant = merchant_of(request)
    listed = [
        _document(template, base_url=request.base_url)
        for template in request.sandbox.world.templates.values()
        if template.merchant_id == merchant.id and template.published
    ]
    return page_of(listed, name="reward_templates", query=request.query)


def template(request: ApiRequest) -> Answer:
    """Return one published reward template."""
    merchant = merchant_of(request)
    found = published_template(request, template_id=request.params["id"], merchant=merchant)
    if found is None:
        raise not_found("the reward template")
    return Answer(payload={"reward_template": _document(found, base_url=request.base_url)})


def published_template(request: ApiRequest, *, template_id: str, merchant: Merchant) -> Template | None:
    """Return the merchant's published template with that id, or None."""
    found = request.sandbox.world.templates.get(template_id)
    if found is None or found.merchant_id != merchant.id or not found.published:
        return None
    return found


def merchant_of(request: ApiRequest) -> Merchant:
    """Return the merchant of the query. Refuses with 400 if there is none, with 404 if it is unknown."""
    if not request.query.get("merchant_id"):
        raise bad_request("merchant_id is required")
    return known_merchant(request, merchant_id=request.query["merchant_id"])


def known_merchant(request: ApiRequest, *, merchant_id: str) -> Merchant:
    """Return the merchant with that id. Refuses with 404."""
    found = request.sandbox.world.merchants.get(merchant_id)
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
