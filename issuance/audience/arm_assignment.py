"""Which arm each guest gets. Guests of earlier issuances keep their arm; the others fill the arms' shares.

Excluded guests get no arm.
"""

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
"""Marks that a line bears instead of an arm's number. A campaign has at most four arms."""

NO_ARM = min(EXCLUDED.values())
"""A line with this mark or a higher one has no arm."""

EXCLUSION_OF = {mark: reason for reason, mark in EXCLUDED.items()}


@dataclass(slots=True)
class Assignment:
    """The arm or the mark of each line, a byte at the line's number, and how many guests every arm gets.

    While it is made, `new` are the lines without an arm yet, in the order of their guests' ranks.
    """

    arms: bytearray
    sizes: list[int]
    duplicates: int = 0
    held_back_before: int = 0
    excluded: Counter[Exclusion] = field(default_factory=Counter)
    new: "array[int]" = field(default_factory=lambda: array("I"))


def assign(
    store: ReadingStore, *, issuance: Issuance, variants: Sequence[Variant], last_line: int, screen: Screen
) -> Assignment:
    """Return the arm of every accepted line.

    A guest with an arm of this campaign from an earlier issuance keeps it; excluded guests get none.
    With `only_variant` all guests get that arm, except those held back in this campaign: they never get its rewards.
    """
    arms = bytearray(last_line + 1)
    found = Assignment(arms, [0] * len(variants))
    earlier = _earlier(issuance).exists()
    uniques = _uniques(store, arms)
    while guests := list(islice(uniques, GUESTS_AT_ONCE)):
        fingerprints = [fingerprint for fingerprint, _ in guests]
        also = _others(store, guests) if earlier or screen.by_every_identifier else {}
        excluded = screen.reasons(fingerprints, also=also)
        before = _arms_by_any(issuance, fingerprints, also, variants) if earlier else {}
        for fingerprint, line in guests:
            if fingerprint in excluded:
                arms[line] = EXCLUDED[excluded[fingerprint]]
                found.excluded[excluded[fingerprint]] += 1
                continue
            _place(found, line, variant_before=before.get(fingerprint), issuance=issuance, variants=variants)
    _deal(found, issuance=issuance, variants=variants)
    found.duplicates = arms.count(DUPLICATE)
    return found


def _others(store: ReadingStore, guests: Sequence[tuple[bytes, int]]) -> Mapping[bytes, Sequence[bytes]]:
    """Return the identifiers of these guests that are not sent, by the one that is."""
    by_line = store.others_of([line for _, line in guests])
    return {fingerprint: by_line[line] for fingerprint, line in guests if line in by_line}


def _arms_by_any(
    issuance: Issuance,
    fingerprints: Sequence[bytes],
    also: Mapping[bytes, Sequence[bytes]],
    variants: Sequence[Variant],
) -> Mapping[bytes, int]:
    """Return the variants (keys) of guests in other issuances, known there by any of their identifiers.

    A guest who was held back under one of them is held back.
    """
    controls = {variant.pk for variant in variants if variant.is_control}
    before = arms_before(issuance, [*fingerprints, *(one for others in also.values() for one in others)])
    found = {}
    for fingerprint in fingerprints:
        arms = [before[one] for one in (fingerprint, *also.get(fingerprint, ())) if one in before]
        if arms:
            found[fingerprint] = next((arm for arm in arms if arm in controls), arms[0])
    return found


def _uniques(store: ReadingStore, arms: bytearray) -> Iterator[tuple[bytes, int]]:
    """Yield each guest once with the first line, by rank; mark the guest's other lines as duplicates.

    A guest may have a line with both identifiers, and another with only the less preferred: the line with both counts.
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
    found: Assignment, line: int, *, variant_before: int | None, issuance: Issuance, variants: Sequence[Variant]
) -> None:
    before = next((arm for arm, variant in enumerate(variants) if variant.pk == variant_before), None)
    if before is None:
        found.new.append(line)
    elif issuance.only_variant is None:
        found.arms[line] = before
        found.sizes[before] += 1
    elif variants[before].is_control and not issuance.only_variant.is_control:
        found.arms[line] = HELD_BACK_BEFORE
        found.held_back_before += 1
    else:
        found.new.append(line)


def _deal(found: Assignment, *, issuance: Issuance, variants: Sequence[Variant]) -> None:
    """Give the new guests to the arms in the order of their ranks."""
    if issuance.only_variant is None:
        quotas = quota_given(found.sizes, len(found.new), [variant.share for variant in variants])
    else:
        quotas = [len(found.new) * (variant.pk == issuance.only_variant_id) for variant in variants]
    lines = iter(found.new)
    for arm, size in enumerate(quotas):
        for line in islice(lines, size):
            found.arms[line] = arm
    found.sizes = [old + new for old, new in zip(found.sizes, quotas, strict=True)]


def arms_before(issuance: Issuance, fingerprints: Sequence[bytes]) -> Mapping[bytes, int]:
    """Return the variants (keys) of guests in other issuances: the control if once held back, else the earliest."""
    rows = _earlier(issuance).filter(fingerprint__in=fingerprints).order_by("-batch__is_control", "batch_id")
    found: dict[bytes, int] = {}
    for fingerprint, variant_id in rows.values_list("fingerprint", "batch__variant_id"):
        found.setdefault(bytes(fingerprint), variant_id)
    return found


def _earlier(issuance: Issuance) -> QuerySet[Recipient]:
    others = Recipient.objects.exclude(batch__issuance=issuance.pk)
    return others.filter(batch__variant__campaign=issuance.campaign_id, batch__issuance__state__in=sorted(DIVIDED))
