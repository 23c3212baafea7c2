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

MOST_POINTS = 120
"""More jobs than that are drawn as if several had ended together."""

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
    ended = [
        (batch.ended_at, batch.issued_count or 0, batch.failed_count or 0)
        for batch in batches
        if batch.ended_at is not None and not batch.is_control
    ]
    return ended_over_time(sorted(ended), begun_at=issuance.confirmed_at) if issuance.confirmed_at else None


def ended_over_time(jobs: Sequence[tuple[datetime, int, int]], *, begun_at: datetime | None = None) -> Chart | None:
    """Return the running totals of jobs in the order of their ends; None while too few have ended.

    A job is when it ended, and how many were issued and failed. Of many jobs, only some moments are drawn.
    """
    if len(jobs) < FEWEST_JOBS:
        return None
    at: dict[datetime, tuple[int, int]] = {begun_at: (0, 0)} if begun_at else {}
    issued = failed = 0
    step = -(-len(jobs) // MOST_POINTS)
    for number, (moment, more_issued, more_failed) in enumerate(jobs, start=1):
        issued, failed = issued + more_issued, failed + more_failed
        if number % step == 0 or number == len(jobs):
            at[moment] = (issued, failed)
    points = [ChartPoint(at=moment, counts=counts) for moment, counts in at.items()]
    return Chart(key="over-time", title="Rewards over time", series=(ISSUED, FAILED), points=points)


def by_arm(arms: Sequence[tuple[str, str, Buckets]]) -> list[BarRow]:
    """Return a bar for each arm, none for a single arm. An arm is its name, its reward and its buckets."""
    return bars_of_arms(arms) if len(arms) > 1 else []


def bars_of_arms(arms: Sequence[tuple[str, str, Buckets]]) -> list[BarRow]:
    """Return a bar for each arm. An arm is its name, a note and its buckets."""
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
