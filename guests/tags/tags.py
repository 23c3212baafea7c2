"""Tags of one guest: read on demand. Our own can be written and deleted; those of other partners are only shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from guests.lookup.lookup import PURPOSE, cached_rows
from issuance.jobs.guest_search import GuestQuery
from partner_api import connect
from partner_api.answers import guests
from vault.sealing import Unsealable, seal, unseal


@dataclass(frozen=True, kw_only=True)
class GuestTag:
    """One tag of one guest; `name` is the key without our prefix."""

    key: str
    name: str
    values: tuple[str, ...]
    is_ours: bool


class TagOfAnotherPartner(ValueError):
    """The key has no prefix of ours: it belongs to another partner of the merchant and is never written."""


def has_our_prefix(key: str) -> bool:
    """Whether a key carries our prefix, so that we may write it."""
    return bool(settings.TAG_PREFIX) and key.startswith(settings.TAG_PREFIX) and key != settings.TAG_PREFIX


def read_tags(*, merchant: Merchant, wanted: GuestQuery, guest: guests.User) -> None:
    """Read a guest's tags at Thanx and cache them with the guest. Raises PartnerError.

    AnsweredAlready means that they were read less than a minute ago: the cache holds that answer and our changes since.
    """
    thanx = connect.thanx(
        priority=connect.Priority.USER_ACTION,
        merchant=merchant.thanx_id,
        about=f"tags:{merchant.pk}",
        spares_repeats=True,
    )
    found = thanx.tags(merchant_id=merchant.thanx_id, user_ids=[guest.id])
    _cache(merchant, wanted, {tag.key: list(tag.values) for tag in found if tag.user_id == guest.id})


def tags_of(*, merchant: Merchant, wanted: GuestQuery, at: datetime) -> Sequence[GuestTag] | None:
    """Return the tags that were read in the last ten minutes, ours first; None if they were not read."""
    values_by_key = _cached_tags(merchant, wanted, at=at)
    if values_by_key is None:
        return None
    tags = [
        GuestTag(
            key=key,
            name=key.removeprefix(settings.TAG_PREFIX) if has_our_prefix(key) else key,
            values=tuple(values),
            is_ours=has_our_prefix(key),
        )
        for key, values in values_by_key.items()
    ]
    return sorted(tags, key=lambda tag: (not tag.is_ours, tag.key))


def put_tag(
    *,
    merchant: Merchant,
    wanted: GuestQuery,
    guest: guests.User,
    key: str,
    values: Sequence[str],
    by: User,
    at: datetime,
) -> None:
    """Give a guest a tag of ours. Raises TagOfAnotherPartner and PartnerError. A repetition changes nothing."""
    _check(key)
    audit.record(action="guest tagged", on=merchant, by=by, at=at, merchant_id=merchant.pk, key=key, values=len(values))
    thanx = connect.thanx(
        priority=connect.Priority.USER_ACTION, merchant=merchant.thanx_id, about=f"tags:{merchant.pk}"
    )
    thanx.put_tags(merchant_id=merchant.thanx_id, user_ids=[guest.id], key=key, values=values)
    _cache(merchant, wanted, {**(_cached_tags(merchant, wanted, at=at) or {}), key: list(values)})


def delete_tag(*, merchant: Merchant, wanted: GuestQuery, guest: guests.User, key: str, by: User, at: datetime) -> None:
    """Delete a guest's tag of ours. Raises TagOfAnotherPartner and PartnerError. A repetition changes nothing."""
    _check(key)
    audit.record(action="guest's tag deleted", on=merchant, by=by, at=at, merchant_id=merchant.pk, key=key)
    thanx = connect.thanx(
        priority=connect.Priority.USER_ACTION, merchant=merchant.thanx_id, about=f"tags:{merchant.pk}"
    )
    thanx.delete_tags(merchant_id=merchant.thanx_id, user_ids=[guest.id], key=key)
    before = _cached_tags(merchant, wanted, at=at) or {}
    _cache(merchant, wanted, {name: values for name, values in before.items() if name != key})


def _check(key: str) -> None:
    if not has_our_prefix(key):
        raise TagOfAnotherPartner(key)


def _cache(merchant: Merchant, wanted: GuestQuery, tags: dict[str, list[str]]) -> None:
    cached_rows(merchant, wanted).update(sealed_tags=seal(json.dumps(tags).encode(), purpose=PURPOSE))


def _cached_tags(merchant: Merchant, wanted: GuestQuery, *, at: datetime) -> dict[str, list[str]] | None:
    row = cached_rows(merchant, wanted).filter(expires_at__gt=at, sealed_tags__isnull=False).first()
    if row is None or row.sealed_tags is None:
        return None
    try:
        tags: dict[str, list[str]] = json.loads(unseal(row.sealed_tags, purpose=PURPOSE))
    except Unsealable:
        return None
    return tags
