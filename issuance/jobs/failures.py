"""The failures of an issuance: recipients that Thanx could not issue to, with Thanx's reason. Written and counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from issuance.jobs.failure_reasons import OF_WHOLE_BATCHES, REASONS, FailureReason, ReasonCode, code_of, reason_of, said
from issuance.jobs.guest_search import GuestQuery
from issuance.models import Batch, Failure, Issuance, Recipient
from issuance.models.observed import FailureQuerySet
from issuance.states import IssuanceState

TEXTS_SHOWN = 5
ROWS_AT_ONCE = 1_000


# --- Writing -------------------------------------------------------------------------------------------------


def write(*, batch: Batch, reasons: Mapping[int, str], at: datetime) -> None:
    """Append the failures that Thanx named, by position. Known ones stay as they are."""
    withdraw_concluded(batch=batch, positions=list(reasons))
    rows = (
        Failure(batch=batch, position=position, reason=said(text), reason_code=code_of(text), seen_at=at)
        for position, text in sorted(reasons.items())
    )
    _append(rows)


def write_all(*, batch: Batch, code: ReasonCode, text: str, at: datetime) -> None:
    """Append a failure for every recipient of a batch that has none."""
    reason = said(text) or REASONS[code].means
    rows = (
        Failure(batch=batch, position=position, reason=reason, reason_code=code, seen_at=at)
        for position in range(batch.size)
    )
    _append(rows)


def withdraw_concluded(*, batch: Batch, positions: Iterable[int] | None = None) -> None:
    """Delete failures that Thanx did not name, now that it says more: of these positions, or of the whole batch."""
    concluded = Failure.objects.filter(batch=batch, reason_code__in=sorted(OF_WHOLE_BATCHES), retry=None)
    if positions is not None:
        concluded = concluded.filter(position__in=positions)
    concluded.delete()


def _append(rows: Iterable[Failure]) -> None:
    Failure.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)


# --- Reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FailureTally:
    """How many failures, and what was done about them: `count = open + retried + settled`.

    Of the open ones, `corrected` wait with an identifier that a user has typed, `unchanged` with the one that failed.
    """

    count: int = 0
    open: int = 0
    corrected: int = 0
    retried: int = 0
    settled: int = 0

    @property
    def unchanged(self) -> int:
        """Open failures without a correction."""
        return self.open - self.corrected

    def __add__(self, other: "FailureTally") -> "FailureTally":
        return FailureTally(
            count=self.count + other.count,
            open=self.open + other.open,
            corrected=self.corrected + other.corrected,
            retried=self.retried + other.retried,
            settled=self.settled + other.settled,
        )


@dataclass(frozen=True, kw_only=True)
class QuotedReason:
    """One of Thanx's texts, as it came, and how many failures have it."""

    text: str
    count: int


@dataclass(frozen=True, kw_only=True)
class FailureGroup:
    """The failures of an issuance for one reason. `sayings`: Thanx's texts, commonest first; `more` are left out."""

    reason: FailureReason
    tally: FailureTally
    sayings: tuple[QuotedReason, ...]
    more: int


def groups(issuance: Issuance) -> tuple[FailureGroup, ...]:
    """Return the failures of an issuance by reason, the largest group first, with one query."""
    is_open = Q(retry=None, settlement=None)
    rows = (
        Failure.objects.filter(batch__issuance=issuance)
        .order_by()
        .values("reason_code", "reason")
        .annotate(
            count=Count("pk"),
            open=Count("pk", filter=is_open),
            corrected=Count("pk", filter=is_open & Q(correction__isnull=False)),
            retried=Count("pk", filter=Q(retry__isnull=False)),
            settled=Count("pk", filter=Q(settlement__isnull=False)),
        )
        .order_by("-count", "reason")
    )
    of_code: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        of_code.setdefault(row["reason_code"], []).append(row)
    return tuple(sorted((_group(code, found) for code, found in of_code.items()), key=lambda group: -group.tally.count))


def _group(code: str, rows: list[Mapping[str, Any]]) -> FailureGroup:
    names = [field.name for field in fields(FailureTally)]
    return FailureGroup(
        reason=reason_of(code),
        tally=total(FailureTally(**{name: row[name] for name in names}) for row in rows),
        sayings=tuple(QuotedReason(text=row["reason"], count=row["count"]) for row in rows[:TEXTS_SHOWN]),
        more=max(len(rows) - TEXTS_SHOWN, 0),
    )


def total(tallies: Iterable[FailureTally]) -> FailureTally:
    """Return the sum of tallies."""
    return reduce(add, tallies, FailureTally())


def retried_in(issuance: Issuance) -> Sequence[tuple[int, str, int]]:
    """Return the key of each retry of an issuance, its state, and how many failures it has taken, oldest first."""
    rows = Failure.objects.filter(batch__issuance=issuance, retry__isnull=False).order_by()
    counted = rows.values("retry", "retry__state").annotate(number=Count("pk")).order_by("retry")
    return list(counted.values_list("retry", "retry__state", "number"))


def words_of_retry(state: str) -> str:
    """Return what is true of failures that a retry in this state has taken, as it goes before its number."""
    return "retried in" if state == IssuanceState.CONFIRMED else "to be retried in the draft"


def find_failures(*, issuance: Issuance, wanted: GuestQuery) -> FailureQuerySet:
    """Return the failures of an issuance that a query finds: a guest's, or a line's."""
    meant = Q(fingerprint__in=wanted.fingerprints) | Q(line=wanted.line)
    recipients = Recipient.objects.filter(meant, batch=OuterRef("batch"), position=OuterRef("position"))
    return Failure.objects.filter(Exists(recipients), batch__issuance=issuance)
