"""How many rows will need a call to Thanx in the next 15 minutes, by kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from campaigns.models import Campaign, Credential, Merchant
from campaigns.states import CampaignState
from issuance.models import Batch
from partner_api.priority import Priority

SPANS = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""The ends of the columns, from now. The first column is what is due already."""


@dataclass(frozen=True, kw_only=True)
class PlannedCalls:
    """Rows that need one kind of call. `counts` follows SPANS; `held` rows are leased now and in none of the spans."""

    label: str
    note: str
    priority: Priority
    held: int
    counts: Sequence[int]


def planned_calls(*, at: datetime) -> list[PlannedCalls]:
    """Return the planned calls, the most important kind first. One query for each kind."""
    return [_planned(*kind, at=at) for kind in _kinds()]


def _kinds() -> Iterator[tuple[str, str, Priority, QuerySet[Any]]]:
    yield "Revocations", "two calls each: the job is read first", Priority.REVOCATION, Batch.objects.to_revoke()
    yield "Jobs to be sent", "one call each", Priority.SUBMISSION, Batch.objects.to_submit()
    making = [CampaignState.QUEUED, CampaignState.CREATING, CampaignState.UNSURE]
    creations = Campaign.objects.filter(state__in=making)
    yield "Campaigns to be created", "one call each", Priority.CAMPAIGN_CREATION, creations
    yield "Jobs to be watched", "one call each", Priority.POLLING, Batch.objects.to_poll()
    merchants = Merchant.objects.filter(vanished_at=None)
    yield "Catalogs to be read", "at least three calls each", Priority.CATALOG, merchants
    yield "The credential to be read", "at least two calls", Priority.CATALOG, Credential.objects.all()


def _planned(label: str, note: str, priority: Priority, rows: QuerySet[Any], *, at: datetime) -> PlannedCalls:
    free = Q(lease_token=None) | Q(due_at__lte=at)
    ends = [at + span for span in SPANS]
    spans: dict[str, Q] = {"span0": Q(due_at__lte=ends[0])}
    for place in range(1, len(ends)):
        spans[f"span{place}"] = Q(due_at__gt=ends[place - 1], due_at__lte=ends[place]) & free
    counts = {name: Count("pk", filter=condition) for name, condition in spans.items()}
    found = rows.order_by().aggregate(held=Count("pk", filter=Q(lease_token__isnull=False, due_at__gt=at)), **counts)
    held = found.pop("held")
    return PlannedCalls(label=label, note=note, priority=priority, held=held, counts=list(found.values()))
