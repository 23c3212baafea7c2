"""The budget page: how much of Thanx's limits is used now, is planned, and was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certification.calls import usage
from certification.calls.planned import PlannedCalls, planned_calls
from partner_api import connect
from partner_api.priority import Priority
from ui.values import Chart

USUAL_HOURS = 3
TIGHT = 0.7
"""From this share of the 15 minutes on, the bar is shown as a warning."""


@dataclass(frozen=True, kw_only=True)
class RateWindow:
    """One of the two windows of Thanx's limits: a second, or 15 minutes."""

    name: str
    used: int
    limit: int
    tone: str


@dataclass(frozen=True, kw_only=True)
class PriorityShare:
    """How much of the 15 minutes calls of one priority may use before they wait."""

    label: str
    percent: int
    limit: int
    is_waiting: bool


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """Both windows now, which priorities wait, and `among` how many merchants. All are empty without a credential."""

    at: datetime
    windows: Sequence[RateWindow]
    shares: Sequence[PriorityShare]
    among: str
    paused_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class HistoryChoice:
    hours: int
    words: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class BudgetPage:
    gauge: Gauge
    planned: Sequence[PlannedCalls]
    chart: Chart
    choices: Sequence[HistoryChoice]
    total: int
    failed: int


def gauge(*, at: datetime) -> Gauge:
    """Return how much of both windows is used, from our own rows."""
    used = connect.budget()
    if used is None:
        return Gauge(at=at, windows=(), shares=(), among="", paused_until=None)
    second = RateWindow(name="This second", used=used.used_in_second, limit=used.limit_per_second, tone="info")
    tone = "warning" if used.used_in_quarter_hour >= TIGHT * used.limit_per_quarter_hour else "info"
    quarter = RateWindow(
        name="The last 15 minutes", used=used.used_in_quarter_hour, limit=used.limit_per_quarter_hour, tone=tone
    )
    shares = [_share(priority, used=quarter.used, limit=quarter.limit) for priority in reversed(Priority)]
    among = _among(connect.merchants(), limit=quarter.limit)
    return Gauge(at=at, windows=(second, quarter), shares=shares, among=among, paused_until=used.paused_until)


def _among(merchants: int, *, limit: int) -> str:
    if merchants < 2:  # noqa: PLR2004 (not shared)
        return ""
    equal = limit // merchants
    return (
        f"{merchants:,} merchants share the 15 minutes. While one of them has used more than {equal:,}, the calls for"
        " those that used less go first. Due work is taken up for each in turn."
    )


def _share(priority: Priority, *, used: int, limit: int) -> PriorityShare:
    allowed = int(limit * priority.share)
    label = priority.name.replace("_", " ").capitalize()
    return PriorityShare(label=label, percent=round(100 * priority.share), limit=allowed, is_waiting=used >= allowed)


def budget_page(*, hours: str, at: datetime) -> BudgetPage:
    """Return the page; `hours` is the query parameter for the length of the history."""
    chosen = int(hours) if hours.isdecimal() and int(hours) in usage.SPANS else USUAL_HOURS
    chart = usage.chart(hours=chosen, at=at)
    good = sum(point.counts[0] for point in chart.points)
    failed = sum(point.counts[1] for point in chart.points)
    return BudgetPage(
        gauge=gauge(at=at),
        planned=planned_calls(at=at),
        chart=chart,
        choices=[HistoryChoice(hours=each, words=_words(each), current=each == chosen) for each in usage.SPANS],
        total=good + failed,
        failed=failed,
    )


def _words(hours: int) -> str:
    return "Last hour" if hours == 1 else f"Last {hours} hours"
