"""Retries: a linked issuance for exactly the guests that Thanx could not issue to, with new batches."""

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
from issuance.audience.intake import insert_left_out
from issuance.audience.left_out_cells import LeftOutCells
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
    """No failure is left to retry: each is settled, or taken by another retry."""


def retry_failures(
    *, issuance: Issuance, by: User | None, at: datetime, failures: FailureQuerySet | None = None
) -> Issuance:
    """Claim the failures of an issuance, or those given, and return the draft that will retry them as they were.

    Corrected failures are left out. Raises NothingToRetry.
    """
    wanted = Failure.objects.all() if failures is None else failures
    return _retry(issuance, wanted.filter(correction=None), by=by, at=at, corrected=False)


def retry_corrected(*, issuance: Issuance, failures: FailureQuerySet, by: User | None, at: datetime) -> Issuance:
    """Claim the corrected failures and return the draft that will retry them as corrected. Raises NothingToRetry."""
    return _retry(issuance, failures.filter(correction__isnull=False), by=by, at=at, corrected=True)


def _retry(
    issuance: Issuance, failures: FailureQuerySet, *, by: User | None, at: datetime, corrected: bool
) -> Issuance:
    """Claim failures for a new draft, whose batches are prepared by a step.

    A failure belongs to one retry at most, until that is discarded. A guest who may have the reward is not retried.
    """
    with transaction.atomic():
        # Of two users at once, PostgreSQL would let the second overwrite what the first has claimed.
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
    """Return the open failures of guests who are not erased and whose reward Thanx has not named as issued."""
    issued = IssuedReward.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    return failures.open().filter(~Exists(issued), batch__issuance__erased_at=None)


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
        return True  # another worker has it by now, or a user has discarded it
    return True


def _prepare(child: Issuance, *, clock: Clock) -> None:
    clear(child)
    variants = list(child.campaign.variants.all())
    sorted_out = _sorted_out(child, at=clock())
    sizes = [sorted_out.sizes[variant.pk] for variant in variants]
    writer, cells = BatchWriter(issuance=child, variants=variants, sizes=sizes), LeftOutCells()
    try:
        for arm, variant in enumerate(variants):
            for value, line, fingerprint in _failed(child, variant):
                reason = sorted_out.excluded.get(fingerprint)
                if reason is None:
                    writer.add(arm=arm, value=value, line=line, fingerprint=fingerprint)
                else:
                    row = cells.row(line, LeftOut(reason.value, value), fingerprint=fingerprint)
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
    """How many failures of each variant are retried, and why others must not be, by their fingerprints."""

    sizes: Counter[int]
    excluded: Mapping[bytes, Exclusion]


def _sorted_out(child: Issuance, *, at: datetime) -> _SortedOut:
    """Screen the guests again: since they failed, a list or another issuance may exclude them."""
    screen = Screen(child, at=at)
    sizes, excluded = Counter[int](), dict[bytes, Exclusion]()
    as_sent = Recipient.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    guest = Coalesce("correction__fingerprint", Subquery(as_sent.values("fingerprint")[:1]), output_field=BinaryField())
    rows = (
        Failure.objects.filter(retry=child).order_by("pk").annotate(guest=guest).values_list("batch__variant", "guest")
    )
    waiting = rows.iterator(chunk_size=GUESTS_AT_ONCE)
    while some := [*islice(waiting, GUESTS_AT_ONCE)]:
        excluded_now = screen.reasons([bytes(fingerprint) for _, fingerprint in some])
        excluded.update(excluded_now)
        sizes.update(variant for variant, fingerprint in some if bytes(fingerprint) not in excluded_now)
    return _SortedOut(sizes=sizes, excluded=excluded)


def _failed(child: Issuance, variant: Variant) -> Iterator[tuple[str, int, bytes]]:
    """Yield value, line and fingerprint of each failure of the variant, batch by batch, as corrected if it is."""
    prints = Fingerprinter(child.merchant_id)
    failed = Failure.objects.filter(retry=child, batch=OuterRef("pk"))
    for batch in Batch.objects.filter(Exists(failed), variant=variant).select_related("manifest").order_by("number"):
        identifiers, lines = identifiers_of(batch), open_lines(batch.manifest)
        taken = Failure.objects.filter(retry=child, batch=batch)
        written = edit_failures.corrected_identifiers(taken)
        for position in taken.order_by("position").values_list("position", flat=True):
            found = written.get(position, identifiers[position])
            yield found.value, lines[position], prints.of(kind=found.type, value=found.value)
