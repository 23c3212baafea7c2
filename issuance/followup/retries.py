"""Trying again for exactly those whom Thanx could not issue to: a linked issuance of its own, with new batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import BinaryField, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts import audit
from accounts.models import User
from campaigns.models import Variant
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, renewing
from engine.moves import Overtaken
from issuance.audience.batching import BatchWriter, clear
from issuance.audience.intake import insert_left_out, rejected_row
from issuance.audience.screening import Exclusion, Screen
from issuance.followup import edit_failures
from issuance.locks import lock_follow_ups
from issuance.manifests import identifiers_of, open_lines
from issuance.models import Batch, Failure, Issuance, IssuedReward, Manifest, Recipient
from issuance.models.observed import FailureQuerySet
from issuance.states import IssuanceMove, IssuanceState
from lists.file_problems import FileProblem
from lists.lines import LeftOut
from vault.sealing import Fingerprinter, Unsealable

GUESTS_AT_ONCE = 500


class NothingToRetry(Exception):
    """No failure is left that another retry has not taken."""


def retry_failures(
    *, issuance: Issuance, by: User | None, at: datetime, failures: FailureQuerySet | None = None
) -> Issuance:
    """Claim the failures of an issuance, or those given, and return the draft that will try them as they were.

    Those for whom somebody has written another identifier are not among them. Raises NothingToRetry.
    """
    wanted = Failure.objects.all() if failures is None else failures
    return _retry(issuance, wanted.filter(correction=None), by=by, at=at, corrected=False)


def retry_corrected(*, issuance: Issuance, failures: FailureQuerySet, by: User | None, at: datetime) -> Issuance:
    """Claim those of the failures that have been corrected and return the draft that will try what was written.

    Raises NothingToRetry.
    """
    return _retry(issuance, failures.filter(correction__isnull=False), by=by, at=at, corrected=True)


def _retry(
    issuance: Issuance, failures: FailureQuerySet, *, by: User | None, at: datetime, corrected: bool
) -> Issuance:
    """Claim failures for a new draft, whose batches are prepared by a step.

    A failure belongs to one retry at most, until that is discarded. Who may have got the reward after all is not taken.
    """
    with transaction.atomic():
        # Two people at once: PostgreSQL would let the second overwrite what the first has claimed.
        lock_follow_ups(issuance)
        child = Issuance.objects.create(
            merchant=issuance.merchant, campaign=issuance.campaign, parent=issuance, created_by=by, created_at=at
        )
        taken = free_failures(failures.filter(batch__issuance=issuance)).order_by().update(retry=child)
        if not taken:
            raise NothingToRetry
        child.move(IssuanceMove.UPLOADED, by=by, at=at, due_at=at, lines=taken)
        audit.record(
            action="failures retried",
            on=child,
            by=by,
            at=at,
            merchant_id=issuance.merchant_id,
            parent=issuance.pk,
            guests=taken,
            corrected=corrected,
        )
    return child


def free_failures(failures: FailureQuerySet) -> FailureQuerySet:
    """Return those that nobody has retried or settled and of whom Thanx has not said that the reward was issued."""
    issued = IssuedReward.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    return failures.open().filter(~Exists(issued))


def prepare_one_retry(*, clock: Clock = now) -> bool:
    """Make the batches of the retry that has waited longest. Return whether there was one."""
    waiting = Issuance.objects.filter(state=IssuanceState.READING, parent__isnull=False)
    child = claim_one(waiting.select_related("campaign__merchant"), at=clock())
    if child is None:
        return False
    try:
        with renewing(child, clock=clock):
            _prepare(child, clock=clock)
    except (LeaseLost, Overtaken):
        return True  # somebody else has it by now: another worker, or a person who discarded it
    return True


def _prepare(child: Issuance, *, clock: Clock) -> None:
    clear(child)
    variants = list(child.campaign.variants.all())
    sorted_out = _sorted_out(child, at=clock())
    sizes = [sorted_out.sizes[variant.pk] for variant in variants]
    writer = BatchWriter(issuance=child, variants=variants, sizes=sizes)
    try:
        for arm, variant in enumerate(variants):
            for value, line, fingerprint in _failed(child, variant):
                reason = sorted_out.excluded.get(fingerprint)
                if reason is None:
                    writer.add(arm=arm, value=value, line=line, fingerprint=fingerprint)
                else:
                    row = rejected_row(line, LeftOut(reason.value, value), fingerprint=fingerprint)
                    insert_left_out(child, [row])
    except (Manifest.DoesNotExist, Unsealable):
        child.move(IssuanceMove.UNREADABLE, by=None, at=clock(), problem=FileProblem.LOST.value)
        return
    writer.finish()
    left_out = Counter(reason.value for reason in sorted_out.excluded.values())
    lines = sum(sizes) + left_out.total()
    child.move(IssuanceMove.READ, by=None, at=clock(), lines=lines, left_out=dict(left_out))


@dataclass(frozen=True, kw_only=True)
class _SortedOut:
    """How many failures of each variant are tried again, and by their fingerprints those who must not be, with why."""

    sizes: Counter[int]
    excluded: Mapping[bytes, Exclusion]


def _sorted_out(child: Issuance, *, at: datetime) -> _SortedOut:
    """Screen those who are to be sent to: since they failed, another issuance or a list may have changed that."""
    screen = Screen(child, at=at)
    sizes, excluded = Counter[int](), dict[bytes, Exclusion]()
    as_sent = Recipient.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    guest = Coalesce("correction__fingerprint", Subquery(as_sent.values("fingerprint")[:1]), output_field=BinaryField())
    rows = (
        Failure.objects.filter(retry=child).order_by("pk").annotate(guest=guest).values_list("batch__variant", "guest")
    )
    waiting = rows.iterator(chunk_size=GUESTS_AT_ONCE)
    while some := [*islice(waiting, GUESTS_AT_ONCE)]:
        told = screen.reasons([bytes(fingerprint) for _, fingerprint in some])
        excluded.update(told)
        sizes.update(variant for variant, fingerprint in some if bytes(fingerprint) not in told)
    return _SortedOut(sizes=sizes, excluded=excluded)


def _failed(child: Issuance, variant: Variant) -> Iterator[tuple[str, int, bytes]]:
    """Yield value, line and fingerprint of each failure of the variant, batch by batch: as corrected, if it was."""
    prints = Fingerprinter(child.merchant_id)
    failed = Failure.objects.filter(retry=child, batch=OuterRef("pk"))
    for batch in Batch.objects.filter(Exists(failed), variant=variant).select_related("manifest").order_by("number"):
        identifiers, lines = identifiers_of(batch), open_lines(batch.manifest)
        taken = Failure.objects.filter(retry=child, batch=batch)
        written = edit_failures.corrected_identifiers(taken)
        for position in taken.order_by("position").values_list("position", flat=True):
            found = written.get(position, identifiers[position])
            yield found.value, lines[position], prints.of(kind=found.type, value=found.value)
