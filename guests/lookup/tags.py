"""Tags of one guest: read on demand, ours written and deleted, those of other partners only shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from guests.lookup.lookup import PURPOSE, glances
from issuance.jobs.guest_search import Sought
from partner_api import connect
from partner_api.answers import people
from vault.sealing import Unsealable, seal, unseal


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One tag of one guest; `name` is the key without our prefix."""

    key: str
    name: str
    values: tuple[str, ...]
    is_ours: bool


class NotOurs(ValueError):
    """A key without our prefix belongs to another partner of the merchant: it is never written."""


def is_ours(key: str) -> bool:
    """Whether a key carries our prefix, so that we may write it."""
    return bool(settings.TAG_PREFIX) and key.startswith(settings.TAG_PREFIX) and key != settings.TAG_PREFIX


def read_tags(*, merchant: Merchant, wanted: Sought, guest: people.User) -> None:
    """Ask Thanx for a guest's tags and keep them with what is known of the guest. Raises PartnerError.

    AnsweredAlready: they were read less than a minute ago, and what is shown is that answer with our changes since.
    """
    thanx = connect.thanx(priority=connect.Priority.USER_ACTION, about=f"tags:{merchant.pk}", spares_repeats=True)
    found = thanx.tags(merchant_id=merchant.thanx_id, user_ids=[guest.id])
    told = {tag.key: list(tag.values) for tag in found if tag.user_id == guest.id}
    _keep(merchant, wanted, told)


def tags_of(*, merchant: Merchant, wanted: Sought, at: datetime) -> Sequence[Mark] | None:
    """Return the tags that were read within the last ten minutes, ours first; None if none were."""
    told = _kept(merchant, wanted, at=at)
    if told is None:
        return None
    marks = [
        Mark(
            key=key,
            name=key.removeprefix(settings.TAG_PREFIX) if is_ours(key) else key,
            values=tuple(values),
            is_ours=is_ours(key),
        )
        for key, values in told.items()
    ]
    return sorted(marks, key=lambda mark: (not mark.is_ours, mark.key))


def put_tag(
    *, merchant: Merchant, wanted: Sought, guest: people.User, key: str, values: Sequence[str], by: User, at: datetime
) -> None:
    """Give a guest these values under one of our keys. Raises NotOurs and PartnerError; repeating it is harmless."""
    _check(key)
    audit.record(action="guest tagged", on=merchant, by=by, at=at, merchant_id=merchant.pk, key=key, values=len(values))
    thanx = connect.thanx(priority=connect.Priority.USER_ACTION, about=f"tags:{merchant.pk}")
    thanx.put_tags(merchant_id=merchant.thanx_id, user_ids=[guest.id], key=key, values=values)
    _keep(merchant, wanted, {**(_kept(merchant, wanted, at=at) or {}), key: list(values)})


def delete_tag(*, merchant: Merchant, wanted: Sought, guest: people.User, key: str, by: User, at: datetime) -> None:
    """Take one of our keys from a guest. Raises NotOurs and PartnerError; repeating it is harmless."""
    _check(key)
    audit.record(action="guest's tag deleted", on=merchant, by=by, at=at, merchant_id=merchant.pk, key=key)
    thanx = connect.thanx(priority=connect.Priority.USER_ACTION, about=f"tags:{merchant.pk}")
    thanx.delete_tags(merchant_id=merchant.thanx_id, user_ids=[guest.id], key=key)
    told = _kept(merchant, wanted, at=at) or {}
    _keep(merchant, wanted, {name: values for name, values in told.items() if name != key})


def _check(key: str) -> None:
    if not is_ours(key):
        raise NotOurs(key)


def _keep(merchant: Merchant, wanted: Sought, told: dict[str, list[str]]) -> None:
    sealed = seal(json.dumps(told).encode(), purpose=PURPOSE)
    glances(merchant, wanted).update(sealed_tags=sealed)


def _kept(merchant: Merchant, wanted: Sought, *, at: datetime) -> dict[str, list[str]] | None:
    glance = glances(merchant, wanted).filter(expires_at__gt=at, sealed_tags__isnull=False).first()
    if glance is None or glance.sealed_tags is None:
        return None
    try:
        told: dict[str, list[str]] = json.loads(unseal(glance.sealed_tags, purpose=PURPOSE))
    except Unsealable:
        return None
    return told
