"""Which recipients are behind the counts of the ledger.

Thanx names the recipients that it could not issue to when a job has ended. Until then it is not known which recipients
a count of issued rewards means: they are all in progress here, although some have their reward.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from issuance import ledger
from issuance.models import Batch, Failure, IssuedReward, Recipient
from issuance.states import BatchState


class RecipientOutcome(StrEnum):
    """Where a recipient is: one of the ledger's buckets."""

    ISSUED = "issued"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    IN_PROGRESS = "in_progress"
    NOT_SENT = "not_sent"
    HELD_BACK = "held_back"


class Naming(Enum):
    """What Thanx has named of a recipient. Batches are asked for rewards only where that says more than failures do."""

    FAILED = "the recipient failed"
    NOT_FAILED = "the recipient is not among those that failed"
    REWARDED = "the recipient's reward was issued"
    UNNAMED = "neither a failure nor a reward"


@dataclass(frozen=True, kw_only=True)
class OutcomeCount:
    """How many recipients of a batch have one naming, and their outcome."""

    batch: Batch
    naming: Naming
    outcome: RecipientOutcome
    count: int


def outcome_counts(batches: Sequence[Batch]) -> list[OutcomeCount]:
    """Return the outcomes of all recipients: the counts of each batch sum to its size. At most two queries."""
    failed = _named(Failure.objects.filter(batch__in=batches))
    unclear = [batch for batch in batches if len(_unnamed(batch, failed=failed.get(batch.pk, 0))) > 1]
    rewarded = _named(_rewards(unclear)) if unclear else {}
    found: list[OutcomeCount] = []
    for batch in sorted(batches, key=lambda each: each.number):
        missed = failed.get(batch.pk, 0)
        found += _unclear(batch, missed, rewarded.get(batch.pk, 0)) if batch in unclear else _clear(batch, missed)
    return [each for each in found if each.count]


def total_of(counts: Sequence[OutcomeCount]) -> int:
    """Return how many recipients there are in all."""
    return sum(each.count for each in counts)


class RecipientList:
    """The recipients of some outcome counts, batch by batch: for a paginator, and counted without counting rows."""

    def __init__(self, counts: Sequence[OutcomeCount]) -> None:
        self._counts = counts

    def count(self) -> int:
        """Return how many there are."""
        return total_of(self._counts)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, wanted: slice) -> QuerySet[Recipient]:
        """Return a slice of the recipients. Reads only the batches that they are in."""
        start, stop = wanted.start or 0, wanted.stop or self.count()
        before, spanned = 0, list[OutcomeCount]()
        for batch in _by_batch(self._counts):
            size = total_of(batch)
            if not spanned and before + size <= start:
                before += size
            elif before + total_of(spanned) < stop:
                spanned += batch
        return _rows(_condition(spanned))[start - before : stop - before]


def recipients_by_key(keys: Collection[int]) -> QuerySet[Recipient]:
    """Return recipients by their primary keys."""
    return _rows(Q(pk__in=keys))


def recipients_by_line(batches: Collection[Batch]) -> QuerySet[Recipient]:
    """Return the recipients of these batches in the order of their lines."""
    return _rows(Q(batch__in=batches)).order_by("line")


def outcome_of(recipient: Recipient, *, counts: Sequence[OutcomeCount]) -> RecipientOutcome:
    """Return the outcome of a recipient that came from `RecipientList` or `recipients_by_key`."""
    return outcome_among(recipient, {(count.batch.pk, count.naming): count.outcome for count in counts})


def outcome_among(recipient: Recipient, outcomes: Mapping[tuple[int, Naming], RecipientOutcome]) -> RecipientOutcome:
    """Return the outcome of a recipient, from the outcomes by batch and naming: for files of many recipients."""
    rewarded = Naming.REWARDED if getattr(recipient, "is_rewarded", False) else Naming.UNNAMED
    namings = (Naming.FAILED,) if getattr(recipient, "failure_code", None) else (Naming.NOT_FAILED, rewarded)
    mine = (outcomes.get((recipient.batch_id, naming)) for naming in namings)
    return next(filter(None, mine), RecipientOutcome.UNKNOWN)


# --- Counts by naming ------------------------------------------------------------------------------------------


def _clear(batch: Batch, failed: int) -> list[OutcomeCount]:
    """Return the counts of a batch whose recipients have one outcome, except for those that failed."""
    rest = next(iter(_unnamed(batch, failed=failed)), RecipientOutcome.UNKNOWN)
    return [
        OutcomeCount(batch=batch, naming=Naming.FAILED, outcome=_place(batch, issued=0, failed=1), count=failed),
        OutcomeCount(batch=batch, naming=Naming.NOT_FAILED, outcome=rest, count=max(batch.size - failed, 0)),
    ]


def _unclear(batch: Batch, failed: int, rewarded: int) -> list[OutcomeCount]:
    """Return the counts of a batch of which Thanx counts more recipients than it has named."""
    left = _unnamed(batch, failed=failed, rewarded=rewarded)
    open_still = RecipientOutcome.IN_PROGRESS if batch.state == BatchState.WATCHING else RecipientOutcome.UNKNOWN
    rest = next(iter(left)) if len(left) == 1 else open_still
    others = max(batch.size - failed - rewarded, 0)
    return [
        OutcomeCount(batch=batch, naming=Naming.FAILED, outcome=_place(batch, issued=0, failed=1), count=failed),
        OutcomeCount(batch=batch, naming=Naming.REWARDED, outcome=_place(batch, issued=1, failed=0), count=rewarded),
        OutcomeCount(batch=batch, naming=Naming.UNNAMED, outcome=rest, count=others),
    ]


def _unnamed(batch: Batch, *, failed: int, rewarded: int = 0) -> dict[RecipientOutcome, int]:
    """Return how many of the recipients that Thanx has not named the ledger counts by each outcome."""
    counted = ledger.buckets_of(batch)
    left = {outcome: getattr(counted, outcome) for outcome in RecipientOutcome}
    left[_place(batch, issued=0, failed=1)] -= failed
    left[_place(batch, issued=1, failed=0)] -= rewarded
    return {outcome: number for outcome, number in left.items() if number > 0}


def _place(batch: Batch, *, issued: int, failed: int) -> RecipientOutcome:
    """Ask the ledger for the outcome of one recipient that Thanx counts so."""
    one = ledger.buckets_of_batch(
        state=BatchState(batch.state),
        size=1,
        is_control=batch.is_control,
        maybe_sent=batch.maybe_sent,
        issued=issued,
        failed=failed,
        job_id=batch.job_id,
        is_final=batch.failures_listed,
    )
    return next(outcome for outcome in RecipientOutcome if getattr(one, outcome))


def _named(rows: QuerySet[Any]) -> Mapping[int, int]:
    return dict(rows.order_by().values_list("batch_id").annotate(Count("pk")))


# --- Rows ------------------------------------------------------------------------------------------------------


def _of_recipient(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(batch=OuterRef("batch"), position=OuterRef("position"))


def _rewards(batches: Sequence[Batch]) -> QuerySet[IssuedReward]:
    """Return the rewards that Thanx named, without those of recipients that it named as failed, too: they failed."""
    return IssuedReward.objects.filter(~Exists(_of_recipient(Failure.objects.all())), batch__in=batches)


def _rows(condition: Q) -> QuerySet[Recipient]:
    failure = _of_recipient(Failure.objects.all())
    return (
        Recipient.objects.filter(condition)
        .annotate(
            failure_code=Subquery(failure.values("reason_code")[:1]),
            retry=Subquery(failure.values("retry")[:1]),
            retry_state=Subquery(failure.values("retry__state")[:1]),
            is_rewarded=Exists(_of_recipient(IssuedReward.objects.all())),
        )
        .select_related("batch__variant")
        .order_by("batch__number", "position")
    )


def _by_batch(counts: Sequence[OutcomeCount]) -> list[list[OutcomeCount]]:
    found: dict[int, list[OutcomeCount]] = {}
    for each in counts:
        found.setdefault(each.batch.pk, []).append(each)
    return list(found.values())


def _condition(counts: Sequence[OutcomeCount]) -> Q:
    """Return the condition for the recipients of these counts; a whole batch costs no query of its failures."""
    condition = Q(pk__in=[])
    for batch in _by_batch(counts):
        whole = Q(batch=batch[0].batch)
        is_whole = total_of(batch) == batch[0].batch.size
        condition |= whole if is_whole else whole & reduce(or_, (_CONDITIONS[each.naming] for each in batch))
    return condition


_FAILED = Q(Exists(_of_recipient(Failure.objects.all())))
_REWARDED = Q(Exists(_of_recipient(IssuedReward.objects.all())))
_CONDITIONS = {
    Naming.FAILED: _FAILED,
    Naming.NOT_FAILED: ~_FAILED,
    Naming.REWARDED: ~_FAILED & _REWARDED,
    Naming.UNNAMED: ~_FAILED & ~_REWARDED,
}
