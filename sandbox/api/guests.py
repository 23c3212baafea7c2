"""Members, communication settings, subscribers and guests' own tokens."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.api.discovery import known_merchant, merchant_of
from sandbox.api.request import ApiRequest, required_text
from sandbox.models import iso8601
from sandbox.wire.answers import Answer, bad_request, not_found, page_of
from sandbox.world.catalog import Merchant, opaque_id
from sandbox.world.failing_identifiers import is_email
from sandbox.world.members import Member, MerchantMembers, is_well_formed, user_document

IDENTIFIERS = {"email": "USER_EMAIL_INVALID", "phone": "USER_PHONE_INVALID"}
CHANNELS = {"reward_progress": ("email",), "reward_offer": ("notification", "email"), "marketing_general": ("email",)}
TOKEN_SECONDS = range(60, 3601)
MONTHS, DAYS = range(1, 13), range(1, 32)

Document = dict[str, Any]


def index(request: ApiRequest) -> Answer:
    """List the merchant's guests, the longest unchanged first; `email` and `phone` find one, listed or not."""
    merchant = merchant_of(request)
    members = members_of(request, merchant)
    named = _named(request, members)
    after, before = _instant(request, "updated_after"), _instant(request, "updated_before")
    changed = request.sandbox.store.guests.settings(merchant_id=merchant.id)
    found = []
    for member in members.listed.all if named is None else named:
        at = _updated(request, member, changed)
        if (after is None or at > after) and (before is None or at < before):
            found.append((at, member))
    found.sort(key=lambda one: (one[0], one[1].id))
    return page_of(found, name="users", query=request.query, written=lambda one: _document(request, one[1], changed))


def show(request: ApiRequest) -> Answer:
    """Return one guest."""
    merchant = merchant_of(request)
    member = _member_of(request, merchant)
    changed = request.sandbox.store.guests.settings(merchant_id=merchant.id)
    return Answer(payload={"user": _document(request, member, changed)})


def members_of(request: ApiRequest, merchant: Merchant) -> MerchantMembers:
    """Return the members of this merchant under the current options."""
    return MerchantMembers(merchant=merchant, options=request.sandbox.options, store=request.sandbox.store)


# --- Communication settings ----------------------------------------------------------------------------------


def show_settings(request: ApiRequest) -> Answer:
    """Return what a guest agreed to receive."""
    merchant = merchant_of(request)
    member = _member_of(request, merchant)
    changed = request.sandbox.store.guests.settings(merchant_id=merchant.id)
    return Answer(payload={"communication_setting": _settings(merchant, member, changed)})


def change_settings(request: ApiRequest) -> Answer:
    """Change the named settings only."""
    merchant = merchant_of(request)
    member = _member_of(request, merchant)
    asked = request.document().get("communication_setting")
    if not isinstance(asked, dict) or not asked or not set(asked) <= set(CHANNELS):
        raise bad_request(f"communication_setting may hold {', '.join(CHANNELS)}")
    guests = request.sandbox.store.guests
    settings = _settings(merchant, member, guests.settings(merchant_id=merchant.id))
    for name, channels in asked.items():
        _check_channels(name, channels)
        settings[name] = {**settings[name], **channels}
    guests.change_settings(merchant_id=merchant.id, user_id=member.id, document=settings, at=request.at)
    return Answer(payload={"communication_setting": settings})


def _check_channels(name: str, channels: object) -> None:
    if not isinstance(channels, dict) or not set(channels) <= set(CHANNELS[name]):
        raise bad_request(f"{name} may hold {', '.join(CHANNELS[name])}")
    if not all(isinstance(value, bool) for value in channels.values()):
        raise bad_request(f"{name} holds true or false")


def _settings(merchant: Merchant, member: Member, changed: Mapping[str, tuple[Document, float]]) -> Document:
    """Return a guest's settings. By default one guest in five receives no marketing."""
    if member.id in changed:
        return dict(changed[member.id][0])
    receives = int(member.id[:4], 16) % 5 != 0
    return {
        "id": opaque_id("settings", merchant.id, member.id),
        "merchant_id": merchant.id,
        "user_id": member.id,
        "reward_progress": {"email": True},
        "reward_offer": {"notification": True, "email": receives},
        "marketing_general": {"email": receives},
    }


# --- Subscribers and tokens ----------------------------------------------------------------------------------


def subscribe(request: ApiRequest) -> Answer:
    """Accept any well-formed address, known or not. It does not become a member."""
    asked = request.document()
    merchant = known_merchant(request, merchant_id=required_text(asked, name="merchant_id"))
    subscriber = asked.get("subscriber")
    if not isinstance(subscriber, dict):
        raise bad_request("subscriber is required")
    email = required_text(subscriber, name="email")
    if not is_email(email):
        raise bad_request("email is not an e-mail address", code="USER_EMAIL_INVALID")
    for name in ("first_name", "last_name", "zip_code"):
        if subscriber.get(name) is not None and not isinstance(subscriber[name], str):
            raise bad_request(f"{name} is no text")
    _check_birth_date(subscriber.get("birth_date"))
    details = {name: value for name, value in subscriber.items() if name != "email"}
    request.sandbox.store.guests.subscribe(merchant_id=merchant.id, email=email, document=details)
    return Answer(status=201, payload={"subscriber": {"email": email}})


def _check_birth_date(asked: object) -> None:
    if asked is None:
        return
    if not isinstance(asked, dict) or asked.keys() != {"month", "day"}:
        raise bad_request("birth_date is an object of month and day")
    if asked["month"] not in MONTHS or asked["day"] not in DAYS:
        raise bad_request("birth_date is no day of a year")


def token(request: ApiRequest) -> Answer:
    """Give out a guest's token, for a minute to an hour."""
    asked = request.document()
    merchant = known_merchant(request, merchant_id=required_text(asked, name="merchant_id"))
    named = [name for name in ("user_id", "email", "phone") if asked.get(name)]
    if len(named) != 1:
        raise bad_request("exactly one of user_id, email and phone is required")
    seconds = asked.get("expires_in", TOKEN_SECONDS[-1])
    if isinstance(seconds, bool) or seconds not in TOKEN_SECONDS:
        raise bad_request("expires_in must be between 60 and 3600")
    name, value = named[0], required_text(asked, name=named[0])
    members = members_of(request, merchant)
    if name == "user_id":
        found = members.known(value)
    else:
        _check_spelling(name, value)
        found = members.named(kind=name, value=value)
    if found is None:
        raise not_found("the user")
    payload = {
        "access_token": secrets.token_urlsafe(32),
        "token_type": "Bearer",
        "scope": "user",
        "created_at": int(request.at),
        "expires_in": seconds,
    }
    return Answer(payload=payload)


# --- Parameters and answers ----------------------------------------------------------------------------------


def _named(request: ApiRequest, members: MerchantMembers) -> list[Member] | None:
    """Return the guests that `email` and `phone` name, None if neither is given."""
    given = {kind: request.query[kind] for kind in IDENTIFIERS if request.query.get(kind)}
    if not given:
        return None
    found: list[Member] = []
    for kind, value in given.items():
        _check_spelling(kind, value)
        member = members.named(kind=kind, value=value)
        found = [member] if member and (not found or member in found) else []
        if not found:
            break
    return found


def _check_spelling(kind: str, value: str) -> None:
    if not is_well_formed(kind=kind, value=value):
        raise bad_request(f"{kind} is malformed", code=IDENTIFIERS[kind])


def _member_of(request: ApiRequest, merchant: Merchant) -> Member:
    found = members_of(request, merchant).known(request.params["id"])
    if found is None:
        raise not_found("the user")
    return found


def _updated(request: ApiRequest, member: Member, changed: Mapping[str, tuple[Document, float]]) -> float:
    return changed[member.id][1] if member.id in changed else request.sandbox.began - member.updated_ago


def _document(request: ApiRequest, member: Member, changed: Mapping[str, tuple[Document, float]]) -> Document:
    user = user_document(member, began=request.sandbox.began, loyalty=_wanted(request, "include_loyalty_attributes"))
    user["updated_at"] = iso8601(_updated(request, member, changed))
    if _wanted(request, "include_communication_settings"):
        merchant = request.sandbox.world.merchants[request.query["merchant_id"]]
        user["communication_setting"] = _settings(merchant, member, changed)
    return user


def _wanted(request: ApiRequest, name: str) -> bool:
    value = request.query.get(name, "false")
    if value not in {"true", "false"}:
        raise bad_request(f"{name} must be true or false")
    return value == "true"


def _instant(request: ApiRequest, name: str) -> float | None:
    value = request.query.get(name)
    if value is None:
        return None
    return instant_in(value, name=name)


def instant_in(value: str, *, name: str) -> float:
    """Return a date with an offset as seconds since the epoch. Refuses with 400."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise bad_request(f"{name} must be ISO 8601 with an offset")
    return at.timestamp()
