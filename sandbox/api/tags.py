"""Marks on guests, shared between all partners of a merchant."""

from __future__ import annotations

from typing import Any

from sandbox.api.discovery import known_merchant, merchant_of
from sandbox.api.guests import membership_of
from sandbox.api.request import Call, text_in
from sandbox.wire.answers import Answer, bad_request, not_found, page_of, unprocessable
from sandbox.world.catalog import Merchant

MOST_USERS = 500
MOST_VALUES = 50


def index(call: Call) -> Answer:
    """List the tags of the named guests, under one key or under all."""
    merchant = merchant_of(call)
    user_ids = set(_user_ids(call.query.getall("user_ids[]", [])))
    key = call.query.get("key")
    told = [
        {"user_id": user_id, "key": one, "values": values}
        for (user_id, one), values in call.running.store.guests.tags(merchant_id=merchant.id).items()
        if user_id in user_ids and key in {None, one}
    ]
    return page_of(told, name="tags", query=call.query)


def put(call: Call) -> Answer:
    """Give every named guest exactly these values under the key."""
    asked = call.document()
    merchant, user_ids, key = _target(call, asked)
    values = asked.get("values")
    if not isinstance(values, list) or not values or not all(isinstance(one, str) and one for one in values):
        raise bad_request("values is a list of texts")
    if len(values) > MOST_VALUES:
        raise unprocessable(f"{len(values)} values were sent; {MOST_VALUES} are the most")
    call.running.store.guests.put_tags(merchant_id=merchant.id, user_ids=user_ids, key=key, values=values)
    return Answer(payload={"tags": [{"user_id": user_id, "key": key, "values": values} for user_id in user_ids]})


def delete(call: Call) -> Answer:
    """Take the key from every named guest."""
    merchant, user_ids, key = _target(call, call.document())
    call.running.store.guests.delete_tags(merchant_id=merchant.id, user_ids=user_ids, key=key)
    return Answer(payload={})


def _target(call: Call, asked: dict[str, Any]) -> tuple[Merchant, list[str], str]:
    merchant = known_merchant(call, merchant_id=text_in(asked, name="merchant_id"))
    user_ids = _user_ids(asked.get("user_ids"))
    key = text_in(asked, name="key")
    membership = membership_of(call, merchant)
    if any(membership.known(user_id) is None for user_id in user_ids):
        raise not_found("one of the users")
    return merchant, user_ids, key


def _user_ids(asked: object) -> list[str]:
    if not isinstance(asked, list) or not asked or not all(isinstance(one, str) and one for one in asked):
        raise bad_request("user_ids is required")
    if len(asked) > MOST_USERS:
        raise unprocessable(f"{len(asked)} users were named; {MOST_USERS} are the most")
    return asked
