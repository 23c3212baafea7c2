"""Those whom Thanx could not issue to: Thanx's words, what they mean, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from issuance.failure_reasons import OF_WHOLE_BATCHES, REASONS, Reason, ReasonCode, code_of, reason_of, said
from issuance.finding import Sought
from issuance.models import Batch, Failure, Issuance, Recipient

TEXTS_SHOWN = 5
ROWS_AT_ONCE = 1_000


# --- Writing -------------------------------------------------------------------------------------------------


def write(*, batch: Batch, reasons: Mapping[int, str], at: datetime) -> None:
    """Append the failures that Thanx named, by position. Those already known stay as they are."""
    withdraw(batch=batch, positions=list(reasons))
    rows = (
        Failure(batch=batch, position=position, reason=said(text), reason_code=code_of(text), seen_at=at)
        for position, text in sorted(reasons.items())
    )
    _append(rows)


def write_all(*, batch: Batch, code: ReasonCode, text: str, at: datetime) -> None:
    """Append a failure for every recipient of the batch of whom Thanx has said nothing."""
    reason = said(text) or REASONS[code].happened
    rows = (
        Failure(batch=batch, position=position, reason=reason, reason_code=code, seen_at=at)
        for position in range(batch.size)
    )
    _append(rows)


def withdraw(*, batch: Batch, positions: Iterable[int] | None = None) -> None:
    """Take back what was only concluded, as Thanx now tells more: of these positions, or of the whole batch."""
    concluded = Failure.objects.filter(batch=batch, reason_code__in=sorted(OF_WHOLE_BATCHES), retry=None)
    if positions is not None:
        concluded = concluded.filter(position__in=positions)
    concluded.delete()


def _append(rows: Iterable[Failure]) -> None:
    Failure.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)


# --- Reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Group:
    """The failures of an issuance for one reason. `texts` are Thanx's words, the commonest first.

    `left_to_retry` are those that no retry has taken yet.
    """

    reason: Reason
    count: int
    left_to_retry: int
    texts: tuple[str, ...]


def groups(issuance: Issuance) -> tuple[Group, ...]:
    """Return the failures of an issuance by reason, the largest group first, with one query."""
    rows = (
        Failure.objects.filter(batch__issuance=issuance)
        .order_by()
        .values("reason_code", "reason")
        .annotate(number=Count("pk"), free=Count("pk", filter=Q(retry=None)))
        .order_by("-number", "reason")
    )
    of_code: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        of_code.setdefault(row["reason_code"], []).append(row)
    return tuple(sorted((_group(code, found) for code, found in of_code.items()), key=lambda group: -group.count))


def _group(code: str, rows: list[Mapping[str, Any]]) -> Group:
    return Group(
        reason=reason_of(code),
        count=sum(row["number"] for row in rows),
        left_to_retry=sum(row["free"] for row in rows),
        texts=tuple(row["reason"] for row in rows[:TEXTS_SHOWN]),
    )


def find(*, issuance: Issuance, wanted: Sought) -> QuerySet[Failure]:
    """Return the failures of an issuance that somebody looks for: an identifier's, or a line's."""
    meant = Q(fingerprint__in=wanted.fingerprints) | Q(line=wanted.line)
    recipients = Recipient.objects.filter(meant, batch=OuterRef("batch"), position=OuterRef("position"))
    return Failure.objects.filter(Exists(recipients), batch__issuance=issuance)
