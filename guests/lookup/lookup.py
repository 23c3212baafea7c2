"""Look a guest up at Thanx by an email address or a phone number: at most one call, and audited.

The answer is cached for ten minutes, encrypted and under fingerprints; until then a second search makes no call.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from guests import scopes
from guests.models import CachedGuest
from guests.scopes import Scope
from issuance.jobs.guest_search import GuestQuery, query_of
from lists.identifiers import normalise_email, normalise_phone
from partner_api import connect
from partner_api.answers import guests
from partner_api.answers.guests import CommunicationSettings
from vault.fields import purpose_of
from vault.sealing import Fingerprinter, Unsealable, seal, unseal

GOOD_FOR = timedelta(minutes=10)
PURPOSE = purpose_of(CachedGuest, "sealed")


class NotAnIdentifier(Exception):
    """The text is neither an email address nor a phone number."""


@dataclass(frozen=True, kw_only=True)
class GuestAnswer:
    """What Thanx answered about a guest, and when; `user` is None where it knows no such guest."""

    user: guests.User | None
    as_of: datetime


def look_up_guest(*, merchant: Merchant, text: str, by: User, at: datetime) -> str:
    """Look a guest up and return the token in the URL of the guest's page.

    Without the scope users.read no call is made, and the page shows the portal's own history alone. Raises
    NotAnIdentifier, and PartnerError when Thanx did not answer.
    """
    wanted = query_of(text, merchant=merchant)
    if not wanted.fingerprints:
        raise NotAnIdentifier
    fresh = _fresh(merchant, wanted, at=at)
    asks = fresh is None and Scope.USERS in scopes.held()
    _record(merchant, "guest looked up", by=by, at=at, asked_thanx=asks)
    if fresh is not None:
        return fresh.token
    return _ask(merchant, text, wanted, at=at) if asks else wanted.token


def cached_answer(*, merchant: Merchant, wanted: GuestQuery, at: datetime) -> GuestAnswer | None:
    """Return what Thanx answered in the last ten minutes; None if nothing, or if it cannot be decrypted."""
    row = _fresh(merchant, wanted, at=at)
    if row is None:
        return None
    try:
        document = json.loads(unseal(row.sealed, purpose=PURPOSE))
    except Unsealable:
        return None
    return GuestAnswer(user=guests.user(document) if document else None, as_of=row.as_of)


def change_settings(
    *,
    merchant: Merchant,
    wanted: GuestQuery,
    guest: guests.User,
    changed: CommunicationSettings,
    by: User,
    at: datetime,
) -> None:
    """Change at Thanx what a guest receives, and cache the answer. Raises PartnerError.

    The audit row is written before the call: a lost answer must not hide the attempt.
    """
    written = {name: value for name, value in asdict(changed).items() if value is not None}
    _record(merchant, "communication settings changed", by=by, at=at, changed=written)
    thanx = connect.thanx(
        priority=connect.Priority.USER_ACTION, merchant=merchant.thanx_id, about=f"settings:{merchant.pk}"
    )
    after = thanx.change_communication_settings(user_id=guest.id, merchant_id=merchant.thanx_id, changed=changed)
    document = _document(guest) | {"communication_setting": _settings_document(after)}
    cached_rows(merchant, wanted).update(sealed=seal(json.dumps(document).encode(), purpose=PURPOSE), as_of=at)


def named_by(text: str, *, merchant: Merchant) -> dict[str, str]:
    """Return the `email` or the `phone` by which Thanx can be asked about a guest. Raises NotAnIdentifier."""
    if found := identifiers_of(text, text, country=merchant.country):
        return dict(found[:1])
    raise NotAnIdentifier


def identifiers_of(email: str, phone: str, *, country: str) -> list[tuple[str, str]]:
    """Return the identifiers, normalised and each with its kind ("email", "phone"), without those that are none."""
    normalised = (("email", normalise_email(email)), ("phone", normalise_phone(phone, country=country)))
    return [(kind, value) for kind, value in normalised if isinstance(value, str)]


def _ask(merchant: Merchant, text: str, wanted: GuestQuery, *, at: datetime) -> str:
    named = named_by(text, merchant=merchant)
    thanx = connect.thanx(
        priority=connect.Priority.USER_ACTION, merchant=merchant.thanx_id, about=f"guest:{merchant.pk}"
    )
    found = thanx.users(merchant_id=merchant.thanx_id, with_loyalty=True, with_communication=True, **named)
    user = found[0] if found else None
    prints = dict.fromkeys([*wanted.fingerprints, *(fingerprints_of(merchant, user) if user else [])])
    token = GuestQuery(fingerprints=tuple(prints)).token
    facts = {
        "token": token,
        "sealed": seal(json.dumps(_document(user) if user else {}).encode(), purpose=PURPOSE),
        "as_of": at,
        "expires_at": at + GOOD_FOR,
        "due_at": at + GOOD_FOR,
        "lease_token": None,
    }
    with transaction.atomic():
        for one in prints:
            CachedGuest.objects.update_or_create(merchant=merchant, fingerprint=one, defaults=facts)
    return token


def _fresh(merchant: Merchant, wanted: GuestQuery, *, at: datetime) -> CachedGuest | None:
    return cached_rows(merchant, wanted).filter(expires_at__gt=at).order_by("-as_of").first()


def cached_rows(merchant: Merchant, wanted: GuestQuery) -> QuerySet[CachedGuest]:
    """Return the cached rows of a guest, whichever identifier the guest was looked up by."""
    return CachedGuest.objects.filter(merchant=merchant, fingerprint__in=wanted.fingerprints)


def fingerprints_of(merchant: Merchant, user: guests.User) -> list[bytes]:
    """Return the fingerprints of a guest's own address and number; a list may name either."""
    prints = Fingerprinter(merchant.pk)
    spelled = identifiers_of(user.email, user.phone, country=merchant.country)
    return [prints.of(kind=kind, value=value) for kind, value in spelled]


def _document(user: guests.User) -> dict[str, Any]:
    """Return a guest as Thanx writes one, so that `guests.user` can read it again."""
    document: dict[str, Any] = {
        "id": user.id,
        "email": user.email,
        "phone": user.phone,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "birth_date": asdict(user.birth_date) if user.birth_date else None,
        "zip_code": user.zip_code,
        "updated_at": user.updated_at.isoformat() if user.updated_at else None,
    }
    if user.loyalty is not None:
        points, joined = user.loyalty.points_balance, user.loyalty.joined_at
        document["loyalty"] = {
            "tier": user.loyalty.tier,
            "points_balance": None if points is None else str(points),
            "user_joined_at": joined.isoformat() if joined else None,
        }
    if user.communication is not None:
        document["communication_setting"] = _settings_document(user.communication)
    return document


def _settings_document(settings: CommunicationSettings) -> dict[str, Any]:
    return {
        "reward_progress": {"email": settings.reward_progress_email},
        "reward_offer": {"email": settings.reward_offer_email, "notification": settings.reward_offer_notification},
        "marketing_general": {"email": settings.marketing_general_email},
    }


def _record(merchant: Merchant, action: str, *, by: User, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=merchant, by=by, at=at, merchant_id=merchant.pk, **facts)
