"""Looking a guest up by an e-mail address or a phone number, however typed: at most one call to Thanx, and audited.

What Thanx says is kept encrypted for ten minutes, under fingerprints, so that the page and a second look ask nobody.
"""

from __future__ import annotations

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
from guests.models import Glance
from guests.scopes import Scope
from issuance.jobs.guest_search import Sought, sought
from lists.identifiers import normalise_email, normalise_phone
from partner_api import connect
from partner_api.answers import people
from partner_api.answers.people import CommunicationSettings
from vault.sealing import Fingerprinter, Unsealable, seal, unseal

GOOD_FOR = timedelta(minutes=10)
PURPOSE = "guest profile"


class NobodyNamed(Exception):
    """What was typed is neither an e-mail address nor a phone number."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What Thanx said a short while ago: the guest, or None where it knows none."""

    user: people.User | None
    as_of: datetime


def look_up(*, merchant: Merchant, text: str, by: User, at: datetime) -> str:
    """Find out who somebody is, and return the token of the guest's address.

    Without the scope users.read nobody is asked, and the token leads to the portal's own history. Raises NobodyNamed,
    and PartnerError when Thanx could not be asked.
    """
    wanted = sought(text, merchant=merchant)
    if not wanted.fingerprints:
        raise NobodyNamed
    fresh = _fresh(merchant, wanted, at=at)
    asks = fresh is None and Scope.USERS in scopes.held()
    _record(merchant, "guest looked up", by=by, at=at, asked_thanx=asks)
    if fresh is not None:
        return fresh.token
    return _ask(merchant, text, wanted, at=at) if asks else wanted.token


def token_of(*, merchant: Merchant, text: str) -> str:
    """Return the token that leads to the portal's own history, without asking anybody."""
    return sought(text, merchant=merchant).token


def known(*, merchant: Merchant, wanted: Sought, at: datetime) -> Known | None:
    """Return what Thanx said of a guest within the last ten minutes; None if nothing, or if it cannot be opened."""
    glance = _fresh(merchant, wanted, at=at)
    if glance is None:
        return None
    try:
        told = json.loads(unseal(glance.sealed, purpose=PURPOSE))
    except Unsealable:
        return None
    return Known(user=people.user(told) if told else None, as_of=glance.as_of)


def change_settings(
    *, merchant: Merchant, wanted: Sought, guest: people.User, changed: CommunicationSettings, by: User, at: datetime
) -> None:
    """Change at Thanx what a guest receives, and remember the answer. Raises PartnerError.

    The audit row is written before the call: a lost answer must not hide that somebody tried.
    """
    written = {name: value for name, value in asdict(changed).items() if value is not None}
    _record(merchant, "communication settings changed", by=by, at=at, changed=written)
    thanx = connect.thanx(priority=connect.Priority.USER_ACTION, about=f"settings:{merchant.pk}")
    after = thanx.change_communication_settings(user_id=guest.id, merchant_id=merchant.thanx_id, changed=changed)
    told = _told(guest) | {"communication_setting": _settings_told(after)}
    glances(merchant, wanted).update(sealed=seal(json.dumps(told).encode(), purpose=PURPOSE), as_of=at)


def forget(*, merchant: Merchant, wanted: Sought) -> None:
    """Forget what Thanx said of a guest, so that the next look asks again."""
    glances(merchant, wanted).delete()


# --- How -----------------------------------------------------------------------------------------------------


def _ask(merchant: Merchant, text: str, wanted: Sought, *, at: datetime) -> str:
    email, phone = normalise_email(text), normalise_phone(text, country=merchant.country)
    named = {"email": email} if isinstance(email, str) else {"phone": str(phone)}
    thanx = connect.thanx(priority=connect.Priority.USER_ACTION, about=f"guest:{merchant.pk}")
    found = thanx.users(merchant_id=merchant.thanx_id, with_loyalty=True, with_communication=True, **named)
    user = found[0] if found else None
    prints = dict.fromkeys([*wanted.fingerprints, *(prints_of(merchant, user) if user else [])])
    token = Sought(fingerprints=tuple(prints)).token
    facts = {
        "token": token,
        "sealed": seal(json.dumps(_told(user) if user else {}).encode(), purpose=PURPOSE),
        "as_of": at,
        "expires_at": at + GOOD_FOR,
        "due_at": at + GOOD_FOR,
        "lease_token": None,
    }
    with transaction.atomic():
        for one in prints:
            Glance.objects.update_or_create(merchant=merchant, fingerprint=one, defaults=facts)
    return token


def _fresh(merchant: Merchant, wanted: Sought, *, at: datetime) -> Glance | None:
    return glances(merchant, wanted).filter(expires_at__gt=at).order_by("-as_of").first()


def glances(merchant: Merchant, wanted: Sought) -> QuerySet[Glance]:
    """Return what is kept of a guest, whichever identifier it was asked by."""
    return Glance.objects.filter(merchant=merchant, fingerprint__in=wanted.fingerprints)


def prints_of(merchant: Merchant, user: people.User) -> list[bytes]:
    """Return the fingerprints of a guest's own address and number: lists may name either."""
    email = normalise_email(user.email)
    phone = normalise_phone(user.phone, country=merchant.country)
    prints = Fingerprinter(merchant.pk)
    spelled = (("email", email), ("phone", phone))
    return [prints.of(kind=kind, value=value) for kind, value in spelled if isinstance(value, str)]


def _told(user: people.User) -> dict[str, Any]:
    """Return a guest in the partner's own spelling, which `people.user` reads again."""
    told: dict[str, Any] = {
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
        told["loyalty"] = {
            "tier": user.loyalty.tier,
            "points_balance": None if points is None else str(points),
            "user_joined_at": joined.isoformat() if joined else None,
        }
    if user.communication is not None:
        told["communication_setting"] = _settings_told(user.communication)
    return told


def _settings_told(settings: CommunicationSettings) -> dict[str, Any]:
    return {
        "reward_progress": {"email": settings.reward_progress_email},
        "reward_offer": {
            "email": settings.reward_offer_email,
            "notification": settings.reward_offer_notification,
        },
        "marketing_general": {"email": settings.marketing_general_email},
    }


def _record(merchant: Merchant, action: str, *, by: User, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=merchant, by=by, at=at, merchant_id=merchant.pk, **facts)
