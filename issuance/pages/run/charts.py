"""Charts of issuances: rewards over time, arm by arm, and week by week."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import TruncWeek

from campaigns.models import Merchant
from campaigns.zones import zone_of
from issuance.ledger import Buckets
from issuance.models import Batch, Issuance
from issuance.states import BatchState, IssuanceState
from ui.status import Tone
from ui.values import BarRow, Chart, ChartPoint, Drawing, Segment, Series

FEWEST_JOBS = 2
"""A single job makes a single point: there is nothing to draw."""

WEEKS = 12
ISSUED, FAILED = Series(label="Issued", tone=Tone.SUCCESS), Series(label="Failed", tone=Tone.DANGER)
PARTS = (
    ("issued", "Issued", Tone.SUCCESS),
    ("failed", "Failed", Tone.DANGER),
    ("unknown", "Unknown", Tone.WARNING),
    ("revoked", "Revoked", Tone.NEUTRAL),
    ("in_progress", "In progress", Tone.INFO),
    ("not_sent", "Not sent", Tone.FAINT),
    ("held_back", "Held back", Tone.ACCENT),
)
ALWAYS_SHOWN = {"issued", "failed"}


def over_time(issuance: Issuance, batches: Iterable[Batch]) -> Chart | None:
    """Return how many rewards had been issued when each job ended; None while too few jobs have ended. Without a query.

    A job's rewards count from when we learned of its end, also if they were revoked later.
    """
    ended = [batch for batch in batches if batch.ended_at is not None and not batch.is_control]
    if len(ended) < FEWEST_JOBS or issuance.confirmed_at is None:
        return None
    at: dict[datetime, tuple[int, int]] = {issuance.confirmed_at: (0, 0)}
    issued = failed = 0
    for batch in sorted(ended, key=lambda batch: batch.ended_at or issuance.created_at):
        issued, failed = issued + (batch.issued_count or 0), failed + (batch.failed_count or 0)
        at[batch.ended_at or issuance.created_at] = (issued, failed)
    points = [ChartPoint(at=moment, counts=counts) for moment, counts in at.items()]
    return Chart(key="over-time", title="Rewards over time", series=(ISSUED, FAILED), points=points)


def by_arm(arms: Sequence[tuple[str, str, Buckets]]) -> list[BarRow]:
    """Return a bar for each arm, none for a single arm. An arm is its name, its reward and its buckets."""
    if len(arms) < 2:  # noqa: PLR2004
        return []
    shown = [part for part in PARTS if part[0] in ALWAYS_SHOWN or any(getattr(arm[2], part[0]) for arm in arms)]
    return [
        BarRow(
            label=name,
            note=reward,
            parts=[Segment(label=label, count=getattr(buckets, key), tone=tone) for key, label, tone in shown],
        )
        for name, reward, buckets in arms
    ]


def by_week(merchant: Merchant, *, at: datetime) -> Chart | None:
    """Return a merchant's rewards by the week in which their issuances were confirmed; None if there are none.

    One query. Revoked rewards are not counted.
    """
    zone = zone_of(merchant)
    today = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    this_week = today - timedelta(days=today.weekday())
    weeks = [this_week - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    refused, revoked = Q(state=BatchState.REFUSED), Q(state=BatchState.REVOKED)
    rows = (
        Batch.objects.kept()
        .filter(is_control=False, issuance__merchant=merchant, issuance__state=IssuanceState.CONFIRMED)
        .filter(issuance__confirmed_at__gte=weeks[0])
        .order_by()
        .values(week=TruncWeek("issuance__confirmed_at", tzinfo=zone))
        .annotate(
            issued=Sum("issued_count", filter=~revoked),
            failed=Sum("failed_count", filter=~refused),
            refused=Sum("size", filter=refused),
        )
    )
    found = {row["week"].date(): (row["issued"] or 0, (row["failed"] or 0) + (row["refused"] or 0)) for row in rows}
    if not any(map(any, found.values())):
        return None
    points = [
        ChartPoint(at=week, counts=found.get(week.date(), (0, 0)), label=f"{week.day} {week:%b}") for week in weeks
    ]
    return Chart(
        key="by-week",
        title="Rewards by week",
        series=(ISSUED, FAILED),
        points=points,
        drawing=Drawing.BARS,
        moments="Week of",
    )
