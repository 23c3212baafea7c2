"""Tags of guests, shared by all partners of a merchant."""

from typing import Any

from sandbox.api.discovery import known_merchant, merchant_of
from sandbox.api.guests import members_of
from sandbox.api.request import ApiRequest, required_text
from sandbox.wire.answers import Answer, bad_request, not_found, page_of, unprocessable
from sandbox.world.catalog import Merchant

MOST_USERS = 500
MOST_VALUES = 50


def index(request: ApiRequest) -> Answer:
    """List the tags of the named guests, under one key or under all."""
    merchant = merchant_of(request)
    user_ids = set(_user_ids(request.query.getall("user_ids[]", [])))
    key = request.query.get("key")
    listed = [
        {"user_id": user_id, "key": one, "values": values}
        for (user_id, one), values in request.sandbox.store.guests.tags(merchant_id=merchant.id).items()
        if user_id in user_ids and key in {None, one}
    ]
    return page_of(listed, name="tags", query=request.query)


def put(request: ApiRequest) -> Answer:
    """Replace the values of all named guests under the key."""
    asked = request.document()
    merchant, user_ids, key = _target(request, asked)
    values = asked.get("values")
    if not isinstance(values, list) or not values or not all(isinstance(one, str) and one for one in values):
        raise bad_request("values is a list of texts")
    if len(values) > MOST_VALUES:
        raise unprocessable(f"{len(values)} values were sent; {MOST_VALUES} are the most")
    request.sandbox.store.guests.put_tags(merchant_id=merchant.id, user_ids=user_ids, key=key, values=values)
    return Answer(payload={"tags": [{"user_id": user_id, "key": key, "values": values} for user_id in user_ids]})


def delete(request: ApiRequest) -> Answer:
    """Delete the key of all named guests."""
    merchant, user_ids, key = _target(request, request.document())
    request.sandbox.store.guests.delete_tags(merchant_id=merchant.id, user_ids=user_ids, key=key)
    return Answer(payload={})


def _target(request: ApiRequest, asked: dict[str, Any]) -> tuple[Merchant, list[str], str]:
    merchant = known_merchant(request, merchant_id=required_text(asked, name="merchant_id"))
    user_ids = _user_ids(asked.get("user_ids"))
    key = required_text(asked, name="key")
    members = members_of(request, merchant)
    if any(members.known(user_id) is None for user_id in user_ids):
        raise not_found("one of the users")
    return merchant, user_ids, key


def _user_ids(asked: object) -> list[str]:
    if not isinstance(asked, list) or not asked or not all(isinstance(one, str) and one for one in asked):
        raise bad_request("user_ids is required")
    if len(asked) > MOST_USERS:
        raise unprocessable(f"{len(asked)} users were named; {MOST_USERS} are the most")
    return asked
