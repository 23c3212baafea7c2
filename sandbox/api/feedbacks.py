"""What guests thought of their visits, and the one answer that each of them may get."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.api.discovery import merchant_of
from sandbox.api.guests import instant_in
from sandbox.api.request import Call, text_in
from sandbox.rows import written
from sandbox.running import Running
from sandbox.wire.answers import Answer, bad_request, not_found, page_of, unprocessable
from sandbox.world.catalog import Merchant
from sandbox.world.members import DAY, Membership
from sandbox.world.opinions import ANSWERABLE_DAYS, of_merchant

STATES = frozenset({"unviewed", "viewed", "expired", "rated", "reviewed", "responded"})
ANSWERABLE = frozenset({"rated", "reviewed"})
MOMENTS = ("purchased_at", "viewed_at", "rated_at", "reviewed_at", "responded_at")

Document = dict[str, Any]


def index(call: Call) -> Answer:
    """List the merchant's feedback, the latest change first."""
    merchant = merchant_of(call)
    states = call.query.getall("states[]", [])
    if not set(states) <= STATES:
        raise bad_request(f"states may be {', '.join(sorted(STATES))}")
    after = call.query.get("updated_after")
    since = None if after is None else instant_in(after, name="updated_after")
    found = [
        one
        for one in _all(call.running, merchant)
        if (not states or one["state"] in states)
        and all(call.query.get(name) in {None, one[name]} for name in ("user_id", "location_id"))
        and (since is None or instant_in(_changed(one), name="updated") > since)
    ]
    found.sort(key=_changed, reverse=True)
    return page_of(found, name="feedbacks", query=call.query)


def respond(call: Call) -> Answer:
    """Send the guest the one answer there is."""
    feedback_id = call.params["id"]
    asked = call.document().get("feedback")
    response = text_in(asked if isinstance(asked, dict) else {}, name="response")
    merchants = call.running.world.merchants.values()
    found = next(
        (one for merchant in merchants for one in _all(call.running, merchant) if one["id"] == feedback_id), None
    )
    if found is None:
        raise not_found("the feedback")
    if found["state"] not in ANSWERABLE:
        raise unprocessable(f"a feedback that is {found['state']} cannot be answered")
    call.running.store.guests.answer(feedback_id=feedback_id, response=response, at=call.at)
    answered = {**found, "state": "responded", "response": response, "responded_at": written(call.at)}
    return Answer(payload={"feedback": answered})


def added(running: Running, *, merchant: Merchant, given: Mapping[str, Any]) -> Document:
    """Keep a feedback that a test or a demo asks for; what is not given is filled in. `email` may name the guest."""
    fields = dict(given)
    membership = Membership(merchant=merchant, options=running.options, store=running.store)
    email = fields.pop("email", None)
    guest = membership.named(kind="email", value=email) if email else membership.roster.members[0]
    if guest is None:
        raise ValueError("no such guest")
    now = running.clock()
    usual: Document = {
        "id": uuid.uuid4().hex[:24],
        "user_id": guest.id,
        "merchant_id": merchant.id,
        "location_id": merchant.locations[0]["id"],
        "state": "reviewed",
        "rating": 3,
        "review": "Cold fries and nobody at the counter.",
        "response": None,
        "expires_at": written(now + ANSWERABLE_DAYS * DAY),
        "purchased_at": written(now - 3600),
        "viewed_at": written(now - 1800),
        "rated_at": written(now),
        "reviewed_at": written(now),
        "responded_at": None,
        "purchase": None,
    }
    document = {**usual, **fields}
    running.store.guests.add_feedback(merchant_id=merchant.id, document=document)
    return document


def _all(running: Running, merchant: Merchant) -> list[Document]:
    roster = Membership(merchant=merchant, options=running.options, store=running.store).roster
    book = running.store.guests
    found = [*of_merchant(merchant, roster=roster, began=running.began), *book.feedbacks(merchant_id=merchant.id)]
    answers = book.answers()
    return [_answered(one, answers) for one in found]


def _answered(document: Document, answers: Mapping[str, tuple[str, float]]) -> Document:
    if document["id"] not in answers:
        return document
    response, at = answers[document["id"]]
    return {**document, "state": "responded", "response": response, "responded_at": written(at)}


def _changed(document: Document) -> str:
    """Return when it last changed, in a form that sorts."""
    return max(str(document[name] or "") for name in MOMENTS)
