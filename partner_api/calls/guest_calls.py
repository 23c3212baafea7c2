"""The calls about guests: members, settings, subscribers, tokens, feedback and tags.

Identifiers are sent in queries and bodies only. Neither is recorded; the path template is.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from partner_api import wire
from partner_api.answers import guests
from partner_api.calls.caller import Caller, Page, one
from partner_api.wire import Call

RESPOND = ("/partner/feedbacks/{id}/respond", "/partner/feedbacks/{id}/response")
# A merchant may have millions of guests and as many feedbacks; a list with more pages is broken.
MOST_PAGES_OF_GUESTS = 100_000
MOST_TAGGED_AT_ONCE = 500
MOST_TAG_VALUES = 50
SHORTEST_TOKEN, LONGEST_TOKEN = 60, 3600  # seconds


class GuestCalls(Caller):
    """The calls about guests. Each names the scope it needs; without it Thanx answers 403 (`ScopeMissing`)."""

    # --- Members ---------------------------------------------------------------------------------------------

    def users(self, *, merchant_id: str, **filters: Any) -> tuple[guests.User, ...]:
        """Return all of the merchant's guests that match. The filters are those of `user_pages`."""
        return tuple(
            {
                user.id: user for page in self.user_pages(merchant_id=merchant_id, **filters) for user in page.items
            }.values()
        )

    def user_pages(
        self,
        *,
        merchant_id: str,
        email: str | None = None,
        phone: str | None = None,
        updated_after: datetime | None = None,
        updated_before: datetime | None = None,
        with_loyalty: bool = False,
        with_communication: bool = False,
        first: int = 1,
    ) -> Iterator[Page[guests.User]]:
        """Yield the merchant's guests that match, page by page, from page `first` on (scope users.read).

        `phone` is E.164. A page is read only when the caller wants it, so that a long list takes many steps.
        """
        query: Mapping[str, Any] = {
            "merchant_id": merchant_id,
            "email": email,
            "phone": phone,
            "updated_after": updated_after and wire.instant(updated_after),
            "updated_before": updated_before and wire.instant(updated_before),
            "include_loyalty_attributes": with_loyalty or None,
            "include_communication_settings": with_communication or None,
        }
        return self._pages(
            "/partner/users", query, name="users", read=guests.user, first=first, most=MOST_PAGES_OF_GUESTS
        )

    def user(self, *, id: str, merchant_id: str) -> guests.User:  # noqa: A002
        """Return one guest with loyalty and communication settings (scope users.read)."""
        query: Mapping[str, Any] = {
            "merchant_id": merchant_id,
            "include_loyalty_attributes": True,
            "include_communication_settings": True,
        }
        return self._send(Call("GET", "/partner/users/{id}", ids={"id": id}, query=query), one("user", guests.user))

    def communication_settings(self, *, user_id: str, merchant_id: str) -> guests.CommunicationSettings:
        """Return what a guest agreed to receive from the merchant (scope communication_settings.read)."""
        call = Call("GET", _SETTINGS, ids={"id": user_id}, query={"merchant_id": merchant_id})
        return self._send(call, one("communication_setting", guests.communication_settings))

    def change_communication_settings(
        self, *, user_id: str, merchant_id: str, changed: guests.CommunicationSettings
    ) -> guests.CommunicationSettings:
        """Write the settings that are not None (scope communication_settings.write). A repeat is harmless."""
        body = wire.encoded({"communication_setting": _written(changed)})
        call = Call("PATCH", _SETTINGS, ids={"id": user_id}, query={"merchant_id": merchant_id}, body=body)
        return self._send(call, one("communication_setting", guests.communication_settings))

    def subscribe(self, *, merchant_id: str, subscriber: guests.NewSubscriber) -> str:
        """Submit a subscriber who agreed to marketing, and return the accepted address (scope subscribers.write).

        Thanx accepts every well-formed address: an accepted one need not be a member. For a malformed one it raises
        Refused. A repeat is harmless.
        """
        body = wire.encoded({"merchant_id": merchant_id, "subscriber": _subscriber(subscriber)})
        return self._send(Call("POST", "/partner/subscribers", body=body), _accepted)

    def user_token(
        self,
        *,
        merchant_id: str,
        user_id: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        expires_in: int = SHORTEST_TOKEN,
    ) -> guests.UserToken:
        """Return a token that acts as the guest for `expires_in` seconds, 60 to 3,600 (scope auth.create).

        Exactly one of `user_id`, `email` and `phone` names the guest. Never store or log the token.
        """
        named = {"user_id": user_id, "email": email, "phone": phone}
        given = {name: value for name, value in named.items() if value}
        if len(given) != 1 or not SHORTEST_TOKEN <= expires_in <= LONGEST_TOKEN:
            raise ValueError("name one guest, and a life of 60 to 3,600 seconds")
        body = wire.encoded({"merchant_id": merchant_id, **given, "expires_in": expires_in})
        return self._send(Call("POST", "/partner/oauth/token", body=body), guests.user_token)

    # --- Feedback --------------------------------------------------------------------------------------------

    def feedbacks(self, *, merchant_id: str, **filters: Any) -> tuple[guests.Feedback, ...]:
        """Return all feedback that matches. The filters are those of `feedback_pages`."""
        pages = self.feedback_pages(merchant_id=merchant_id, **filters)
        return tuple({found.id: found for page in pages for found in page.items}.values())

    def feedback_pages(
        self,
        *,
        merchant_id: str,
        user_id: str | None = None,
        location_id: str | None = None,
        states: Sequence[str] | None = None,
        updated_after: datetime | None = None,
        first: int = 1,
    ) -> Iterator[Page[guests.Feedback]]:
        """Yield the feedback that matches, page by page, from page `first` on (scope feedbacks.read)."""
        query: Mapping[str, Any] = {
            "merchant_id": merchant_id,
            "user_id": user_id,
            "location_id": location_id,
            "states": states,
            "updated_after": updated_after and wire.instant(updated_after),
        }
        return self._pages(
            "/partner/feedbacks", query, name="feedbacks", read=guests.feedback, first=first, most=MOST_PAGES_OF_GUESTS
        )

    def respond(self, *, feedback_id: str, response: str) -> None:
        """Answer a guest's feedback (scope feedbacks.write). The guest gets a message; a feedback has one answer.

        After OutcomeUnknown read the feedback before a retry.
        """
        body = wire.encoded({"feedback": {"response": response}})
        self._in_either_dialect(
            RESPOND,
            lambda path: self._send(
                Call("POST", path, ids={"id": feedback_id}, body=body, answer_matters=False), _nothing
            ),
        )

    # --- Tags ------------------------------------------------------------------------------------------------

    def tags(self, *, merchant_id: str, user_ids: Sequence[str], key: str | None = None) -> tuple[guests.Tag, ...]:
        """Return the tags of these guests, under `key` or under any key (scope tags.read)."""
        query: Mapping[str, Any] = {"merchant_id": merchant_id, "user_ids": list(user_ids), "key": key}
        return self._all("/partner/tags", query, name="tags", read=guests.tag)

    def put_tags(self, *, merchant_id: str, user_ids: Sequence[str], key: str, values: Sequence[str]) -> None:
        """Give up to 500 guests these values, 50 at most, under the key (scope tags.write). A repeat is harmless."""
        if len(user_ids) > MOST_TAGGED_AT_ONCE or len(values) > MOST_TAG_VALUES:
            raise ValueError("at most 500 guests and 50 values fit into one call")
        body = {"merchant_id": merchant_id, "user_ids": list(user_ids), "key": key, "values": list(values)}
        self._send(Call("PUT", "/partner/tags", body=wire.encoded(body), answer_matters=False), _nothing)

    def delete_tags(self, *, merchant_id: str, user_ids: Sequence[str], key: str) -> None:
        """Delete the key with all its values from up to 500 guests (scope tags.write). A repeat is harmless."""
        if len(user_ids) > MOST_TAGGED_AT_ONCE:
            raise ValueError("at most 500 guests fit into one call")
        body = {"merchant_id": merchant_id, "user_ids": list(user_ids), "key": key}
        self._send(Call("DELETE", "/partner/tags", body=wire.encoded(body), answer_matters=False), _nothing)


_SETTINGS = "/partner/users/{id}/communication_settings"


def _written(changed: guests.CommunicationSettings) -> dict[str, dict[str, bool]]:
    flags = (
        ("reward_progress", "email", changed.reward_progress_email),
        ("reward_offer", "email", changed.reward_offer_email),
        ("reward_offer", "notification", changed.reward_offer_notification),
        ("marketing_general", "email", changed.marketing_general_email),
    )
    written: dict[str, dict[str, bool]] = {}
    for name, channel, value in flags:
        if value is not None:
            written.setdefault(name, {})[channel] = value
    return written


def _subscriber(new: guests.NewSubscriber) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "email": new.email,
        "first_name": new.first_name,
        "last_name": new.last_name,
        "zip_code": new.zip_code,
    }
    found = {name: value for name, value in fields.items() if value}
    if new.birth_date is not None and new.birth_date.month and new.birth_date.day:
        found["birth_date"] = {"month": new.birth_date.month, "day": new.birth_date.day}
    return found


def _accepted(payload: Any) -> str:
    inner = payload.get("subscriber") if isinstance(payload, dict) else None
    return guests.subscriber(inner if inner is not None else payload)


def _nothing(_payload: Any) -> None:
    return None
