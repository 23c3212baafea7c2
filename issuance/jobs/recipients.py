"""Who of an issuance is where, by name. The ledger counts; this says which recipients the counts are about.

Thanx names those whom it could not issue to when a job has ended. Until then nobody can tell whom a count of issued
rewards is about, so those recipients are still in progress here although some of them have their reward.
"""

from __future__ import annotations

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
    """How a recipient of a batch is told from the others of it. Rewards are looked for only where that says more."""

    FAILED = "Thanx named them as failed"
    NOT_FAILED = "and the others"
    REWARDED = "Thanx named their reward"
    UNNAMED = "Thanx has named neither"


@dataclass(frozen=True, kw_only=True)
class OutcomeCount:
    """Those of a batch's recipients who are told in one way, and where they are."""

    batch: Batch
    among: Naming
    outcome: RecipientOutcome
    count: int


def outcome_counts(batches: Sequence[Batch]) -> list[OutcomeCount]:
    """Return where everybody is: the counts of each batch sum to its size. At most two queries."""
    failed = _named(Failure.objects.filter(batch__in=batches))
    unclear = [batch for batch in batches if len(_unnamed(batch, failed=failed.get(batch.pk, 0))) > 1]
    rewarded = _named(_rewards(unclear)) if unclear else {}
    found: list[OutcomeCount] = []
    for batch in sorted(batches, key=lambda each: each.number):
        missed = failed.get(batch.pk, 0)
        found += _unclear(batch, missed, rewarded.get(batch.pk, 0)) if batch in unclear else _clear(batch, missed)
    return [share for share in found if share.count]


def total_of(shares: Sequence[OutcomeCount]) -> int:
    """Return how many recipients shares are about."""
    return sum(share.count for share in shares)


class RecipientList:
    """The recipients of some shares, batch by batch: as a paginator wants them, and counted without counting rows."""

    def __init__(self, shares: Sequence[OutcomeCount]) -> None:
        self._shares = shares

    def count(self) -> int:
        """Return how many there are."""
        return total_of(self._shares)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, wanted: slice) -> QuerySet[Recipient]:
        """Return the recipients from one place to another. Only the batches that they are in are looked into."""
        start, stop = wanted.start or 0, wanted.stop or self.count()
        before, spanned = 0, list[OutcomeCount]()
        for batch in _by_batch(self._shares):
            size = total_of(batch)
            if not spanned and before + size <= start:
                before += size
            elif before + total_of(spanned) < stop:
                spanned += batch
        return _rows(_condition(spanned))[start - before : stop - before]


def recipients_by_key(keys: Collection[int]) -> QuerySet[Recipient]:
    """Return recipients by their primary keys."""
    return _rows(Q(pk__in=keys))


def outcome_of(recipient: Recipient, *, shares: Sequence[OutcomeCount]) -> RecipientOutcome:
    """Return where a recipient is that came from `RecipientList` or `recipients_by_key`."""
    rewarded = Naming.REWARDED if getattr(recipient, "is_rewarded", False) else Naming.UNNAMED
    told = {Naming.FAILED} if getattr(recipient, "failure_code", None) else {Naming.NOT_FAILED, rewarded}
    mine = [share.outcome for share in shares if share.batch.pk == recipient.batch_id and share.among in told]
    return mine[0] if mine else RecipientOutcome.UNKNOWN


# --- Where those are of whom Thanx has said the same -----------------------------------------------------------


def _clear(batch: Batch, failed: int) -> list[OutcomeCount]:
    """Return the shares of a batch whose recipients are all in one place but for those who failed."""
    rest = next(iter(_unnamed(batch, failed=failed)), RecipientOutcome.UNKNOWN)
    return [
        OutcomeCount(batch=batch, among=Naming.FAILED, outcome=_place(batch, issued=0, failed=1), count=failed),
        OutcomeCount(batch=batch, among=Naming.NOT_FAILED, outcome=rest, count=max(batch.size - failed, 0)),
    ]


def _unclear(batch: Batch, failed: int, rewarded: int) -> list[OutcomeCount]:
    """Return the shares of a batch of which Thanx counts more than it has named."""
    left = _unnamed(batch, failed=failed, rewarded=rewarded)
    nobody_knows = RecipientOutcome.IN_PROGRESS if batch.state == BatchState.WATCHING else RecipientOutcome.UNKNOWN
    rest = next(iter(left)) if len(left) == 1 else nobody_knows
    others = max(batch.size - failed - rewarded, 0)
    return [
        OutcomeCount(batch=batch, among=Naming.FAILED, outcome=_place(batch, issued=0, failed=1), count=failed),
        OutcomeCount(batch=batch, among=Naming.REWARDED, outcome=_place(batch, issued=1, failed=0), count=rewarded),
        OutcomeCount(batch=batch, among=Naming.UNNAMED, outcome=rest, count=others),
    ]


def _unnamed(batch: Batch, *, failed: int, rewarded: int = 0) -> dict[RecipientOutcome, int]:
    """Return where the ledger has those whom Thanx has not named, and how many in each place."""
    counted = ledger.buckets_of(batch)
    left = {outcome: getattr(counted, outcome) for outcome in RecipientOutcome}
    left[_place(batch, issued=0, failed=1)] -= failed
    left[_place(batch, issued=1, failed=0)] -= rewarded
    return {outcome: number for outcome, number in left.items() if number > 0}


def _place(batch: Batch, *, issued: int, failed: int) -> RecipientOutcome:
    """Ask the ledger where one recipient of this batch is whom Thanx counts so."""
    one = ledger.buckets_of_batch(
        state=BatchState(batch.state),
        size=1,
        is_control=batch.is_control,
        maybe_sent=batch.maybe_sent,
        issued=issued,
        failed=failed,
        job_id=batch.job_id,
        told_all=batch.failures_listed,
    )
    return next(outcome for outcome in RecipientOutcome if getattr(one, outcome))


def _named(rows: QuerySet[Any]) -> Mapping[int, int]:
    return dict(rows.order_by().values_list("batch_id").annotate(Count("pk")))


# --- Rows ------------------------------------------------------------------------------------------------------


def _of_recipient(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(batch=OuterRef("batch"), position=OuterRef("position"))


def _rewards(batches: Sequence[Batch]) -> QuerySet[IssuedReward]:
    """Return the rewards that Thanx named, but of those whom it named as failed, too: they count as failed."""
    return IssuedReward.objects.filter(~Exists(_of_recipient(Failure.objects.all())), batch__in=batches)


def _rows(condition: Q) -> QuerySet[Recipient]:
    failure = _of_recipient(Failure.objects.all())
    return (
        Recipient.objects.filter(condition)
        .annotate(
            failure_code=Subquery(failure.values("reason_code")[:1]),
            retry=Subquery(failure.values("retry")[:1]),
            is_rewarded=Exists(_of_recipient(IssuedReward.objects.all())),
        )
        .select_related("batch__variant")
        .order_by("batch__number", "position")
    )


def _by_batch(shares: Sequence[OutcomeCount]) -> list[list[OutcomeCount]]:
    found: dict[int, list[OutcomeCount]] = {}
    for share in shares:
        found.setdefault(share.batch.pk, []).append(share)
    return list(found.values())


def _condition(shares: Sequence[OutcomeCount]) -> Q:
    """Return what picks out the recipients of shares; a batch that is wanted whole costs no look at who failed."""
    condition = Q(pk__in=[])
    for batch in _by_batch(shares):
        whole = Q(batch=batch[0].batch)
        is_whole = total_of(batch) == batch[0].batch.size
        condition |= whole if is_whole else whole & reduce(or_, (_TOLD[share.among] for share in batch))
    return condition


_FAILED = Q(Exists(_of_recipient(Failure.objects.all())))
_REWARDED = Q(Exists(_of_recipient(IssuedReward.objects.all())))
_TOLD = {
    Naming.FAILED: _FAILED,
    Naming.NOT_FAILED: ~_FAILED,
    Naming.REWARDED: ~_FAILED & _REWARDED,
    Naming.UNNAMED: ~_FAILED & ~_REWARDED,
}
