"""How many calls were made, by minutes or quarters of an hour."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncMinute

from certification.calls.exchanges import with_trouble
from certification.calls.manners import NEVER_LEFT
from partner_api.models import Exchange
from ui.status import Tone
from ui.values import Chart, ChartPoint, Drawing, Series

MINUTE = timedelta(minutes=1)
SPANS = {1: MINUTE, 3: MINUTE, 24: 15 * MINUTE}
"""The lengths of history that a user can choose, in hours, and the length of one bar."""

Counts = Mapping[datetime, tuple[int, int]]


def chart(*, hours: int, at: datetime) -> Chart:
    """Return a bar chart of the good and the failed calls of the last hours. One query."""
    span = SPANS[hours]
    first = floor(at.astimezone(UTC) - timedelta(hours=hours), span=span) + span
    counts = by_minute(since=first)
    points = [
        _point(first + number * span, span=span, counts=counts) for number in range(timedelta(hours=hours) // span)
    ]
    title = "Calls in each minute" if span == MINUTE else "Calls in each quarter of an hour"
    series = (Series(label="Done", tone=Tone.SUCCESS), Series(label="Failed", tone=Tone.DANGER))
    return Chart(key="calls", title=title, series=series, points=points, drawing=Drawing.BARS, moments="From (UTC)")


def by_minute(*, since: datetime) -> Counts:
    """Return the numbers of good and failed calls of each minute. Calls that never left are not counted."""
    rows = (
        Exchange.objects.filter(at__gte=since)
        .exclude(error_class__in=NEVER_LEFT)
        .order_by()
        .annotate(minute=TruncMinute("at"))
        .values("minute")
        .annotate(total=Count("pk"), bad=Count("pk", filter=Q(with_trouble())))
    )
    return {row["minute"]: (row["total"] - row["bad"], row["bad"]) for row in rows}


def floor(at: datetime, *, span: timedelta) -> datetime:
    """Return the start of the span that contains this moment; spans are counted from midnight."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // span * span


def _point(start: datetime, *, span: timedelta, counts: Counts) -> ChartPoint:
    minutes = [counts.get(start + number * MINUTE, (0, 0)) for number in range(span // MINUTE)]
    good_and_bad = (sum(good for good, _ in minutes), sum(bad for _, bad in minutes))
    return ChartPoint(at=start, counts=good_and_bad, label=f"{start:%H:%M}")
