"""The page of feedback: the filtered list, and the score by month and by location."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from campaigns.models import Location, Merchant
from guests import scopes
from guests.feedback.replies import ANSWERABLE
from guests.models import Feedback, FeedbackSync, Recovery
from guests.pages.feedback_rows import SHOWN, STAGES, FeedbackRow, feedback_rows
from guests.pages.recovery import RecoveryBatchRow, RecoveryState, batches_ahead
from guests.scopes import Scope
from ui.status import Tone
from ui.values import Chart, ChartPoint, Drawing, Series

PER_PAGE = 25
CHART_OVER = timedelta(days=365)
RATINGS = {"low": ("1 to 6", range(1, 7)), "middle": ("7 and 8", range(7, 9)), "high": ("9 and 10", range(9, 11))}
AGES = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}
RECOVERIES: dict[str, str] = {standing.value: standing.label for standing in Recovery.Standing}
FILTERS = ("rating", "stage", "location", "days", "handled", "recovery", "issuance")
LONGEST_NUMBER = 10


@dataclass(frozen=True, kw_only=True)
class FilterOption:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class FeedbackFilter:
    name: str
    label: str
    options: Sequence[FilterOption]


@dataclass(frozen=True, kw_only=True)
class LocationScore:
    """The net promoter score of one location over a year."""

    location: str
    score: int
    ratings: int


@dataclass(frozen=True, kw_only=True)
class FeedbackPage:
    page: Page[Feedback]
    rows: Sequence[FeedbackRow]
    filters: Sequence[FeedbackFilter]
    filtered: bool
    chart: Chart | None
    scores: Sequence[LocationScore]
    as_of: datetime | None
    problem: str
    lacks: str
    may_respond: bool
    batches: Sequence[RecoveryBatchRow]
    asking: Sequence[RecoveryBatchRow]
    of_issuance: RecoveryState | None


def feedback_page(
    merchant: Merchant, *, query: dict[str, str], sync: FeedbackSync, at: datetime, clear: bool
) -> FeedbackPage:
    """Return the page, with texts masked unless `clear`. At most twelve queries, however much feedback there is."""
    places = dict(Location.objects.filter(merchant=merchant).values_list("thanx_id", "name"))
    held = scopes.held()
    found = _chosen(Feedback.objects.filter(merchant=merchant), query, at=at)
    page = Paginator(found.select_related(*SHOWN), PER_PAGE).get_page(query.get("page", "1"))
    tallies = _tallies(merchant, at=at)
    rows = feedback_rows(list(page.object_list), places=places, clear=clear)
    batches = batches_ahead(merchant)
    return FeedbackPage(
        page=page,
        rows=rows,
        filters=_filters(query, places),
        filtered=any(query.get(name) for name in FILTERS),
        chart=_chart(tallies, query.get("location", ""), places),
        scores=_scores(tallies, places),
        as_of=sync.as_of,
        problem=sync.problem,
        lacks=scopes.lacking(Scope.FEEDBACK_READ, among=held),
        may_respond=Scope.FEEDBACK_WRITE in held,
        batches=batches,
        asking=[row for row in batches if row.batch.problem],
        of_issuance=next((row.recovery for row in rows if row.recovery), None) if query.get("issuance") else None,
    )


def score_of(high: int, low: int, ratings: int) -> int:
    """Return the net promoter score: the percentage of 9 and 10 minus that of 1 to 6, from -100 to 100."""
    return round(100 * (high - low) / ratings) if ratings else 0


def _chosen(rows: QuerySet[Feedback], query: dict[str, str], *, at: datetime) -> QuerySet[Feedback]:
    if query.get("rating") in RATINGS:
        rows = rows.filter(rating__in=RATINGS[query["rating"]][1])
    if query.get("stage") in STAGES:
        rows = rows.filter(stage=query["stage"])
    if query.get("location"):
        rows = rows.filter(location_id=query["location"])
    if query.get("days") in AGES:
        rows = rows.filter(given_at__gte=at - timedelta(days=int(query["days"])))
    if query.get("handled") == "no":
        queued = Q(recovery__standing=Recovery.Standing.QUEUED)
        rows = rows.filter(handled_at=None, stage__in=sorted(ANSWERABLE)).exclude(queued)
    if query.get("recovery") in RECOVERIES:
        rows = rows.filter(recovery__standing=query["recovery"])
    if (issuance := _number(query.get("issuance", ""))) is not None:
        rows = rows.filter(recovery__batch__issuance=issuance)
    return rows


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else None


def _filters(query: dict[str, str], places: dict[str, str]) -> list[FeedbackFilter]:
    choices: Sequence[tuple[str, str, dict[str, str]]] = [
        ("rating", "Rating", {name: label for name, (label, _) in RATINGS.items()}),
        ("stage", "State", STAGES),
        ("location", "Location", places),
        ("days", "Not older than", AGES),
        ("handled", "Handled", {"no": "Waits for an answer"}),
        ("recovery", "Made right", RECOVERIES),
    ]
    return [
        FeedbackFilter(name=name, label=label, options=_options(known, chosen=query.get(name, "")))
        for name, label, known in choices
    ]


def _options(known: dict[str, str], *, chosen: str) -> list[FilterOption]:
    every = FilterOption(value="", label="All", chosen=not chosen)
    return [every, *(FilterOption(value=value, label=label, chosen=value == chosen) for value, label in known.items())]


# --- The score -----------------------------------------------------------------------------------------------

Tally = dict[str, Any]


def _tallies(merchant: Merchant, *, at: datetime) -> list[Tally]:
    """Return how many high, low and all ratings there are, by month and location. One query."""
    rated = Feedback.objects.filter(merchant=merchant, rating__isnull=False, given_at__gte=at - CHART_OVER).order_by()
    month = TruncMonth("given_at", tzinfo=ZoneInfo(merchant.time_zone))
    sums = {
        "ratings": Count("pk"),
        "high": Count("pk", filter=Q(rating__gte=9)),
        "low": Count("pk", filter=Q(rating__lte=6)),
    }
    return [dict(row) for row in rated.annotate(month=month).values("month", "location_id").annotate(**sums)]


def _chart(tallies: Sequence[Tally], chosen: str, places: dict[str, str]) -> Chart | None:
    """Return the score by month: of the chosen location, else of all of them."""
    here = places.get(chosen, "")
    mine = [tally for tally in tallies if not here or tally["location_id"] == chosen]
    months = sorted({tally["month"] for tally in mine})
    if not months:
        return None
    points = [
        ChartPoint(
            at=month, counts=[_score([tally for tally in mine if tally["month"] == month])], label=f"{month:%b %Y}"
        )
        for month in months
    ]
    series = [Series(label=here or "All locations", tone=Tone.INFO)]
    title = "Score by month"
    return Chart(key="score", title=title, series=series, points=points, drawing=Drawing.BARS, moments="Month")


def _scores(tallies: Sequence[Tally], places: dict[str, str]) -> list[LocationScore]:
    by_place: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        by_place[tally["location_id"]].append(tally)
    found = [
        LocationScore(
            location=places.get(place, "Elsewhere"), score=_score(mine), ratings=sum(one["ratings"] for one in mine)
        )
        for place, mine in by_place.items()
    ]
    return sorted(found, key=lambda one: (one.score, one.location))


def _score(tallies: Sequence[Tally]) -> int:
    high, low, ratings = (sum(tally[name] for tally in tallies) for name in ("high", "low", "ratings"))
    return score_of(high, low, ratings)
