"""Feedback of guests on their visits, and the one answer that each feedback may get."""

import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.api.discovery import merchant_of
from sandbox.api.guests import instant_in
from sandbox.api.request import ApiRequest, required_text
from sandbox.instance import Sandbox
from sandbox.models import iso8601
from sandbox.wire.answers import Answer, bad_request, not_found, page_of, unprocessable
from sandbox.world.catalog import Merchant
from sandbox.world.feedbacks import ANSWERABLE_DAYS, initial_feedbacks
from sandbox.world.members import DAY, MerchantMembers

STATES = frozenset({"unviewed", "viewed", "expired", "rated", "reviewed", "responded"})
ANSWERABLE = frozenset({"rated", "reviewed"})
MOMENTS = ("purchased_at", "viewed_at", "rated_at", "reviewed_at", "responded_at")

Document = dict[str, Any]


def index(request: ApiRequest) -> Answer:
    """List the merchant's feedback, the latest change first."""
    merchant = merchant_of(request)
    states = request.query.getall("states[]", [])
    if not set(states) <= STATES:
        raise bad_request(f"states may be {', '.join(sorted(STATES))}")
    after = request.query.get("updated_after")
    since = None if after is None else instant_in(after, name="updated_after")
    found = [
        one
        for one in _all(request.sandbox, merchant)
        if (not states or one["state"] in states)
        and all(request.query.get(name) in {None, one[name]} for name in ("user_id", "location_id"))
        and (since is None or instant_in(_changed(one), name="updated") > since)
    ]
    found.sort(key=_changed, reverse=True)
    return page_of(found, name="feedbacks", query=request.query)


def respond(request: ApiRequest) -> Answer:
    """Answer a feedback, once."""
    feedback_id = request.params["id"]
    asked = request.document().get("feedback")
    response = required_text(asked if isinstance(asked, dict) else {}, name="response")
    merchants = request.sandbox.world.merchants.values()
    found = next(
        (one for merchant in merchants for one in _all(request.sandbox, merchant) if one["id"] == feedback_id), None
    )
    if found is None:
        raise not_found("the feedback")
    if found["state"] not in ANSWERABLE:
        raise unprocessable(f"a feedback that is {found['state']} cannot be answered")
    request.sandbox.store.guests.answer(feedback_id=feedback_id, response=response, at=request.at)
    answered = {**found, "state": "responded", "response": response, "responded_at": iso8601(request.at)}
    return Answer(payload={"feedback": answered})


def added_feedback(sandbox: Sandbox, *, merchant: Merchant, given: Mapping[str, Any]) -> Document:
    """Store a feedback with these fields; the others have defaults. `email` may name the guest."""
    fields = dict(given)
    members = MerchantMembers(merchant=merchant, options=sandbox.options, store=sandbox.store)
    email = fields.pop("email", None)
    guest = members.named(kind="email", value=email) if email else members.listed.all[0]
    if guest is None:
        raise ValueError("no such guest")
    now = sandbox.clock()
    usual: Document = {
        "id": uuid.uuid4().hex[:24],
        "user_id": guest.id,
        "merchant_id": merchant.id,
        "location_id": merchant.locations[0]["id"],
        "state": "reviewed",
        "rating": 3,
        "review": "Cold fries and nobody at the counter.",
        "response": None,
        "expires_at": iso8601(now + ANSWERABLE_DAYS * DAY),
        "purchased_at": iso8601(now - 3600),
        "viewed_at": iso8601(now - 1800),
        "rated_at": iso8601(now),
        "reviewed_at": iso8601(now),
        "responded_at": None,
        "purchase": None,
    }
    document = {**usual, **fields}
    sandbox.store.guests.add_feedback(merchant_id=merchant.id, document=document)
    return document


def _all(sandbox: Sandbox, merchant: Merchant) -> list[Document]:
    members = MerchantMembers(merchant=merchant, options=sandbox.options, store=sandbox.store).listed
    guests = sandbox.store.guests
    found = [
        *initial_feedbacks(merchant, members=members, began=sandbox.began),
        *guests.feedbacks(merchant_id=merchant.id),
    ]
    answers = guests.answers()
    return [_answered(one, answers) for one in found]


def _answered(document: Document, answers: Mapping[str, tuple[str, float]]) -> Document:
    if document["id"] not in answers:
        return document
    response, at = answers[document["id"]]
    return {**document, "state": "responded", "response": response, "responded_at": iso8601(at)}


def _changed(document: Document) -> str:
    """Return the time of the latest change, in a form that sorts."""
    return max(str(document[name] or "") for name in MOMENTS)
