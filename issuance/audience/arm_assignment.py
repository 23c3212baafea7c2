"""Who lands in which arm: guests of earlier issuances stay where they were, the others are cut to size.

Whoever is excluded lands in none.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db.models import QuerySet

from campaigns.arm_quotas import quota_given
from campaigns.models import Variant
from issuance.audience.reading_store import ReadingStore
from issuance.audience.screening import Exclusion, Screen
from issuance.models import Issuance, Recipient
from issuance.states import DIVIDED

GUESTS_AT_ONCE = 2_000
DUPLICATE, HELD_BACK_BEFORE = 254, 255
EXCLUDED = {reason: 253 - place for place, reason in enumerate(Exclusion)}
"""Instead of an arm. A campaign has four at most."""

NO_ARM = min(EXCLUDED.values())
"""From here on a line has no arm."""

EXCLUSION_OF = {mark: reason for reason, mark in EXCLUDED.items()}


@dataclass(slots=True)
class Assignment:
    """The arm of each line by the line's number, a byte each, and how many guests every arm gets."""

    arms: bytearray
    sizes: list[int]
    duplicates: int = 0
    held_back_before: int = 0
    excluded: Counter[Exclusion] = field(default_factory=Counter)


@dataclass(slots=True)
class _Cut:
    """What is found while the guests pass by in the order of their ranks."""

    arms: bytearray
    already: list[int]
    new: array[int] = field(default_factory=lambda: array("I"))
    held_back_before: int = 0
    excluded: Counter[Exclusion] = field(default_factory=Counter)


def assign(
    store: ReadingStore, *, issuance: Issuance, variants: Sequence[Variant], last_line: int, screen: Screen
) -> Assignment:
    """Return where every accepted line belongs. Who is in an arm of this campaign by an earlier issuance stays there.

    Whom the screen keeps out lands in no arm.

    With `only_variant` everybody lands in that one, except that a guest who is held back in this campaign never gets a
    reward in it.
    """
    arms = bytearray(last_line + 1)
    cut = _Cut(arms, [0] * len(variants))
    earlier = _earlier(issuance).exists()
    uniques = _uniques(store, arms)
    while guests := list(islice(uniques, GUESTS_AT_ONCE)):
        fingerprints = [fingerprint for fingerprint, _ in guests]
        kept_out = screen.reasons(fingerprints)
        before = arms_before(issuance, fingerprints) if earlier else {}
        for fingerprint, line in guests:
            if fingerprint in kept_out:
                arms[line] = EXCLUDED[kept_out[fingerprint]]
                cut.excluded[kept_out[fingerprint]] += 1
                continue
            _place(cut, line, variant_before=before.get(fingerprint), issuance=issuance, variants=variants)
    sizes = _deal(cut, issuance=issuance, variants=variants)
    return Assignment(arms, sizes, arms.count(DUPLICATE), cut.held_back_before, cut.excluded)


def _uniques(store: ReadingStore, arms: bytearray) -> Iterator[tuple[bytes, int]]:
    """Yield each guest once with the first line, by rank; mark and remember the other lines.

    A guest may be on one line with both identifiers and on another with the lesser one only: the line with both counts.
    """
    for line in store.take_out_others():
        arms[line] = DUPLICATE
    last, kept, repeated = b"", 0, []
    for fingerprint, line in store.by_rank():
        if fingerprint == last:
            arms[line] = DUPLICATE
            repeated.append((line, kept))
            if len(repeated) == GUESTS_AT_ONCE:
                store.add_duplicates(repeated)
                repeated = []
        else:
            last, kept = fingerprint, line
            yield fingerprint, line
    store.add_duplicates(repeated)
    store.settle_duplicates()


def _place(
    cut: _Cut, line: int, *, variant_before: int | None, issuance: Issuance, variants: Sequence[Variant]
) -> None:
    before = next((arm for arm, variant in enumerate(variants) if variant.pk == variant_before), None)
    if before is None:
        cut.new.append(line)
    elif issuance.only_variant is None:
        cut.arms[line] = before
        cut.already[before] += 1
    elif variants[before].is_control and not issuance.only_variant.is_control:
        cut.arms[line] = HELD_BACK_BEFORE
        cut.held_back_before += 1
    else:
        cut.new.append(line)


def _deal(cut: _Cut, *, issuance: Issuance, variants: Sequence[Variant]) -> list[int]:
    """Give the new guests to the arms in the order of their ranks and return the sizes of the arms."""
    if issuance.only_variant is None:
        quotas = quota_given(cut.already, len(cut.new), [variant.share for variant in variants])
    else:
        quotas = [len(cut.new) * (variant.pk == issuance.only_variant_id) for variant in variants]
    lines = iter(cut.new)
    for arm, size in enumerate(quotas):
        for line in islice(lines, size):
            cut.arms[line] = arm
    return [old + new for old, new in zip(cut.already, quotas, strict=True)]


def arms_before(issuance: Issuance, fingerprints: Sequence[bytes]) -> Mapping[bytes, int]:
    """Return the variant (its primary key) that these guests are in by other issuances of the campaign.

    Whoever was once held back is held back; otherwise the earliest counts.
    """
    rows = _earlier(issuance).filter(fingerprint__in=fingerprints).order_by("-batch__is_control", "batch_id")
    found: dict[bytes, int] = {}
    for fingerprint, variant_id in rows.values_list("fingerprint", "batch__variant_id"):
        found.setdefault(bytes(fingerprint), variant_id)
    return found


def _earlier(issuance: Issuance) -> QuerySet[Recipient]:
    others = Recipient.objects.exclude(batch__issuance=issuance.pk)
    return others.filter(batch__variant__campaign=issuance.campaign_id, batch__issuance__state__in=sorted(DIVIDED))
