"""Queries for exchanges of the ledger: by what they were about, and as values for judging."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from campaigns.models import Campaign, Merchant
from certification.calls.manners import NEVER_LEFT, Sent
from issuance.models import Batch
from partner_api.models import Exchange
from partner_api.priority import Priority

MOST_JUDGED = 20_000
"""At most so many of the newest exchanges of a period are judged: over two hours at the fastest allowed rate."""


def newest_first(rows: QuerySet[Exchange] | None = None) -> QuerySet[Exchange]:
    """Return exchanges, newest first, each annotated with the equal GET before it: `before_at`, `before_error`."""
    earlier = Exchange.objects.filter(
        Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk")), target=OuterRef("target"), method="GET"
    )
    earlier = earlier.exclude(error_class__in=NEVER_LEFT).order_by("-at", "-pk")
    annotated = (Exchange.objects.all() if rows is None else rows).annotate(
        before_at=Subquery(earlier.values("at")[:1]), before_error=Subquery(earlier.values("error_class")[:1])
    )
    return annotated.order_by("-at", "-pk")


def older_than(rows: QuerySet[Exchange], *, at: datetime, pk: int) -> QuerySet[Exchange]:
    """Return the exchanges that come after this one in the order of `newest_first`."""
    return rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))


def with_trouble() -> Q:
    """Return the condition for exchanges that failed or have no answer."""
    return ~Q(error_class="") | Q(status=None)


def about_batch(number: int) -> Q:
    """Return the condition for exchanges about this batch."""
    return Q(about=f"batch:{number}")


def about_campaign(number: int) -> Q:
    """Return the condition for exchanges about this campaign or one of its batches."""
    batches = Batch.objects.filter(issuance__campaign=number)
    return Q(about=f"campaign:{number}") | Q(about__in=_notes("batch", batches))


def about_issuance(number: int) -> Q:
    """Return the condition for exchanges about one of this issuance's batches."""
    return Q(about__in=_notes("batch", Batch.objects.filter(issuance=number)))


def about_merchant(merchant: Merchant) -> Q:
    """Return the condition for exchanges about this merchant, its campaigns or its batches."""
    campaigns = Campaign.objects.filter(merchant=merchant)
    batches = Batch.objects.filter(issuance__merchant=merchant)
    notes = Q(about__in=_notes("campaign", campaigns)) | Q(about__in=_notes("batch", batches))
    return Q(about=f"merchant:{merchant.pk}") | notes


def chain(exchange: Exchange) -> QuerySet[Exchange]:
    """Return all attempts of an exchange, oldest first: the same key, or the same call about the same row."""
    if exchange.idempotency_key is not None:
        return Exchange.objects.filter(idempotency_key=exchange.idempotency_key).order_by("at", "pk")
    if not exchange.about:
        return Exchange.objects.filter(pk=exchange.pk)
    same = Exchange.objects.filter(about=exchange.about, target=exchange.target, method=exchange.method)
    return same.order_by("at", "pk")


def sent(rows: QuerySet[Exchange]) -> Sequence[Sent]:
    """Return the newest MOST_JUDGED of these exchanges as values, oldest first."""
    newest = rows.order_by("-at", "-pk")[:MOST_JUDGED]
    return [_sent(*values) for values in newest.values_list(*COLUMNS.values())][::-1]


SAME = ("id", "at", "host", "method", "target", "header_names", "body_digest", "about", "status", "ms")
COLUMNS = dict(zip(SAME, SAME, strict=True)) | {
    "path": "path_template",
    "key": "idempotency_key",
    "error": "error_class",
    "looks_after_doubt": "priority",
}
"""The columns of an exchange by the fields of Sent."""


def _sent(*values: Any) -> Sent:
    row = dict(zip(COLUMNS, values, strict=True))
    doubt = row["looks_after_doubt"] == Priority.CAMPAIGN_CREATION
    return Sent(**{**row, "ms": row["ms"] or 0, "looks_after_doubt": doubt})


def _notes(kind: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the values of `Exchange.about` for these rows."""
    note = Concat(Value(f"{kind}:"), Cast("pk", CharField()), output_field=CharField())
    notes: QuerySet[Any] = rows.order_by().annotate(note=note).values("note")
    return notes
