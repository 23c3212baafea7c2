"""Erase the guests' data of issuances whose lifetime is over, one issuance at a time; counts and proofs stay."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from campaigns.models import Merchant
from engine.moves import Overtaken
from issuance.drafts import drafts
from issuance.lifetimes.endings import erasure_of, fingerprints_erasure_of
from issuance.locks import lock_follow_ups
from issuance.models import Issuance
from issuance.states import IssuanceState
from vault.data_map import Lifetime
from vault.erasing import erase


def erase_one_issuance(*, merchant: Merchant, at: datetime, without: Collection[int] = ()) -> bool:
    """Erase what is due of one issuance of a merchant. Return whether there was one.

    `without` are the primary keys of issuances that something above this package still needs.
    """
    for issuance in _candidates(merchant, at=at).exclude(pk__in=without):
        issuance.merchant = merchant
        if _is_due(issuance, at=at):
            erase_issuance(issuance, at=at)
            return True
    return False


def erase_issuance(issuance: Issuance, *, at: datetime) -> None:
    """Erase what is due of an issuance; an old draft is discarded first. A kill leaves the rest to the next call."""
    if issuance.state not in (IssuanceState.CONFIRMED, IssuanceState.DISCARDED):
        try:
            drafts.discard(issuance=issuance, by=None, at=at)
        except Overtaken:
            return  # a user works on it just now
        issuance = Issuance.objects.select_related("merchant", "campaign").get(pk=issuance.pk)
        if issuance.forgotten_at:
            return
    if issuance.erased_at is None or issuance.is_being_erased:
        _erase(issuance, Lifetime.ISSUANCE, at=at)
    if fingerprints_erasure_of(issuance).is_due(at=at):
        _erase(issuance, Lifetime.EXPERIMENT, at=at)
        Issuance.objects.filter(pk=issuance.pk).update(forgotten_at=at)


def _candidates(merchant: Merchant, *, at: datetime) -> QuerySet[Issuance]:
    """Return those whose lifetime may be over: old ones, discarded ones, and those at which a worker died."""
    left = Issuance.objects.filter(merchant=merchant, forgotten_at=None).select_related("campaign")
    is_old = Q(created_at__lte=at - merchant.retention)
    return left.filter(Q(is_being_erased=True) | Q(state=IssuanceState.DISCARDED) | is_old).order_by("pk")


def _is_due(issuance: Issuance, *, at: datetime) -> bool:
    if issuance.is_being_erased:
        return True
    erasure = erasure_of if issuance.erased_at is None else fingerprints_erasure_of
    return erasure(issuance).is_due(at=at)


def _erase(issuance: Issuance, lifetime: Lifetime, *, at: datetime) -> None:
    """Erase under the eyes of users who might begin a retry: once the mark is committed, none can."""
    if lifetime is Lifetime.ISSUANCE and not _marked(issuance, at=at):
        return
    counts = erase(lifetime, owners=[issuance.pk], at=at)
    with transaction.atomic():
        Issuance.objects.filter(pk=issuance.pk).update(is_being_erased=False)
        rows = {table: count for table, count in counts.items() if count}
        if rows:
            audit.record(action="guests' data erased", on=issuance, by=None, at=at, rows=rows, lifetime=lifetime.name)


def _marked(issuance: Issuance, *, at: datetime) -> bool:
    with transaction.atomic():
        found = lock_follow_ups(issuance)
        if not found.is_being_erased and not erasure_of(found).is_due(at=at):
            return False
        Issuance.objects.filter(pk=issuance.pk).update(erased_at=found.erased_at or at, is_being_erased=True)
    issuance.erased_at = issuance.erased_at or at
    return True
