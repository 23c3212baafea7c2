"""Those whom Thanx could not issue to: Thanx's words, what they mean, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from issuance.failure_reasons import OF_WHOLE_BATCHES, REASONS, Reason, ReasonCode, code_of, reason_of, said
from issuance.identifiers import normalise_email, normalise_phone
from issuance.models import Batch, Failure, Issuance, Recipient
from issuance.sealing import Fingerprinter

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


def find(*, issuance: Issuance, text: str) -> QuerySet[Failure]:
    """Return the failures of an issuance that a person's text means: an identifier however spelled, or a line."""
    wanted = Q(fingerprint__in=_fingerprints(issuance, text))
    if text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < len("10000000"):
        wanted |= Q(line=int(text))
    recipients = Recipient.objects.filter(wanted, batch=OuterRef("batch"), position=OuterRef("position"))
    return Failure.objects.filter(Exists(recipients), batch__issuance=issuance)


def _fingerprints(issuance: Issuance, text: str) -> list[bytes]:
    merchant = issuance.merchant
    found = {"email": normalise_email(text), "phone": normalise_phone(text, country=merchant.country)}
    fingerprinter = Fingerprinter(merchant.pk)
    return [fingerprinter.of(kind=kind, value=value) for kind, value in found.items() if isinstance(value, str)]
