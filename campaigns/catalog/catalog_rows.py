"""Write Thanx's answers into the catalog's rows. A row that is missing at Thanx is marked, and never deleted.

Texts are cut to their columns: one long name must not stop a whole refresh.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.utils.text import slugify

from campaigns.models import Location, Merchant, RewardTemplate
from partner_api.answers import catalog
from ui.components import rewards

LONGEST_ID = 100
"""The length of our columns of ids. Half of a longer id would be the id of something else."""

MOST_ORIGINS = 20
"""Hosts of pictures. Each is a word in a header of every page."""

LARGEST_DISCOUNT = Decimal(10) ** 10

Found = TypeVar("Found", catalog.Merchant, catalog.Location, catalog.RewardTemplate, catalog.Campaign)


def store_merchants(*, found: Sequence[catalog.Merchant], at: datetime) -> None:
    """Create, update or mark merchants. A handle never changes: it is part of addresses that users keep."""
    kept = {merchant.thanx_id: merchant for merchant in Merchant.objects.all()}
    taken = {merchant.handle for merchant in kept.values()}
    for each in storable(found):
        known = kept.pop(each.id, None)
        if known is None:
            handle = free_handle(each.handle or each.name, taken=taken)
            taken.add(handle)
            Merchant.objects.create(thanx_id=each.id, name=_name(each), handle=handle, due_at=at)
        elif known.vanished_at is not None or known.name != _name(each):
            back = {"due_at": at, "lease_token": None, "vanished_at": None} if known.vanished_at else {}
            Merchant.objects.filter(pk=known.pk).update(name=_name(each), **back)
    gone = [merchant.pk for merchant in kept.values()]
    Merchant.objects.filter(pk__in=gone, vanished_at=None).update(vanished_at=at, due_at=None, lease_token=None)


def free_handle(wish: str, *, taken: set[str]) -> str:
    """Return a handle that fits into an address and that no merchant has."""
    plain = slugify(wish)[:90] or "merchant"
    handle, number = plain, 2
    while handle in taken:
        handle, number = f"{plain}-{number}", number + 1
    return handle


def store_locations(*, merchant: Merchant, found: Sequence[catalog.Location], at: datetime) -> None:
    """Write the merchant's locations, and mark the missing ones as vanished."""
    plain = ("name", "street", "city", "state", "zip", "phone")
    rows = [
        Location(merchant=merchant, thanx_id=each.id, as_of=at, **fitted(Location, source=each, names=plain))
        for each in storable(found)
    ]
    _write(rows, columns=[*plain, "as_of", "vanished_at"])
    Location.objects.filter(merchant=merchant, vanished_at=None).exclude(as_of=at).update(vanished_at=at)


def store_templates(*, merchant: Merchant, found: Sequence[catalog.RewardTemplate], at: datetime) -> None:
    """Write the merchant's published templates, and mark the missing ones as unpublished."""
    plain = ("name", "type", "subtype", "description", "fine_print", "discount_type", "redemption_venue", "image_url")
    rows = [
        RewardTemplate(
            merchant=merchant,
            thanx_id=each.id,
            as_of=at,
            discount_value=_discount(each.discount_value),
            **fitted(RewardTemplate, source=each, names=plain),
        )
        for each in storable(found)
    ]
    _write(rows, columns=[*plain, "discount_value", "as_of", "unpublished_at"])
    missing = RewardTemplate.objects.filter(merchant=merchant).published().exclude(as_of=at)
    missing.update(unpublished_at=at)
    Merchant.objects.filter(pk=merchant.pk).update(picture_origins=_picture_origins(merchant))


def _picture_origins(merchant: Merchant) -> str:
    """Return where the pictures of a merchant's rewards are; those of unpublished ones are still shown."""
    urls = RewardTemplate.objects.filter(merchant=merchant).order_by().values_list("image_url", flat=True).distinct()
    origins = sorted({rewards.origin_of_image(url) for url in urls} - {""})
    return " ".join(origins[:MOST_ORIGINS])


def storable(found: Iterable[Found]) -> list[Found]:
    """Return each item once, without items whose id is too long for our columns."""
    by_id = {each.id: each for each in found if len(each.id) <= LONGEST_ID}
    return list(by_id.values())


def fitted(model: type[models.Model], *, source: object, names: Iterable[str]) -> dict[str, str]:
    """Return these texts of the source, each cut to the length of its column."""
    return {name: _cut(getattr(source, name), model, name) for name in names}


def _cut(text: str, model: type[models.Model], name: str) -> str:
    column: Any = model._meta.get_field(name)
    return text[: column.max_length] if column.max_length else text


def _name(merchant: catalog.Merchant) -> str:
    return _cut(merchant.name or merchant.handle or merchant.id, Merchant, "name")


def _discount(value: Decimal | None) -> Decimal | None:
    return None if value is None or abs(value) >= LARGEST_DISCOUNT else round(value, 2)


def _write(rows: Sequence[Location] | Sequence[RewardTemplate], *, columns: list[str]) -> None:
    if rows:
        manager: Any = type(rows[0])._base_manager
        manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["merchant", "thanx_id"], update_fields=columns, batch_size=500
        )
