"""Erase what a merchant's lists leave behind: members, sheets of old files, names of removed lists, old webhooks."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.models import Halt, Merchant
from issuance.models import Delivery, ExclusionList, MemberIndex, RememberedColumns
from vault.data_map import ERASED, Lifetime
from vault.erasing import erase

AT_ONCE = 500
NEVER_READ = {"as_of": None, "changed_since": None, "begun_at": None, "next_page": 1, "pages": 0}


def erase_some_lists(*, merchant: Merchant, at: datetime) -> bool:
    """Erase some of what is over at a merchant. Return whether there was anything."""
    limit = at - merchant.retention
    if MemberIndex.objects.filter(merchant=merchant, as_of__lte=limit, due_at=None).update(**NEVER_READ):
        erase(Lifetime.MEMBERS, owners=[merchant.pk], at=at)
        return True
    return any(
        _erased(lifetime, rows, at=at)
        for lifetime, rows in (
            (Lifetime.COLUMNS, RememberedColumns.objects.filter(merchant=merchant, used_at__lte=limit)),
            (Lifetime.REMOVED_LIST, _removed_lists(merchant, limit)),
            (Lifetime.LIFTED_HALT, _lifted_halts(merchant, limit)),
            (Lifetime.WEBHOOK, _webhooks(merchant, limit)),
        )
    )


def _removed_lists(merchant: Merchant, limit: datetime) -> QuerySet[ExclusionList]:
    return ExclusionList.objects.filter(merchant=merchant, removed_at__lte=limit).exclude(name=ERASED)


def _lifted_halts(merchant: Merchant, limit: datetime) -> QuerySet[Halt]:
    of_it = Q(merchant=merchant) | Q(merchant=None)
    return Halt.objects.filter(of_it, lifted_at__lte=limit).exclude(reason=ERASED)


def _webhooks(merchant: Merchant, limit: datetime) -> QuerySet[Delivery]:
    """Webhooks about the merchant's jobs, and those that belong to no job of ours."""
    of_it = Q(batch__issuance__merchant=merchant) | Q(batch=None)
    return Delivery.objects.filter(of_it, received_at__lte=limit, sealed_body__gt=b"", due_at=None)


def _erased(lifetime: Lifetime, rows: QuerySet[Any], *, at: datetime) -> bool:
    owners: Collection[int] = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    if owners:
        erase(lifetime, owners=owners, at=at)
    return bool(owners)
