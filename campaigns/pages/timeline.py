"""Campaigns on a line with today: one campaign's window, and the calendar of all that run at about the same time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import Q
from django.urls import reverse

from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from campaigns.status import OF_CAMPAIGN, UNTITLED
from campaigns.zones import zone_of
from ui.components.bars import LENGTH, SMALLEST
from ui.components.moments import relative
from ui.status import Status, Tone
from ui.wording import counted, listed

BEFORE, AHEAD = timedelta(days=30), timedelta(days=90)
"""What the calendar shows around today."""

MOST = 100
MOST_NAMES = 3


@dataclass(frozen=True, kw_only=True)
class WindowSpan:
    """A length of time in words and as a part of a line of LENGTH units."""

    label: str
    from_at: datetime
    to_at: datetime
    x: int
    width: int
    tone: Tone


@dataclass(frozen=True, kw_only=True)
class WindowLine:
    """The window of one campaign. `today` is a place on the line, None where today is not on it."""

    spans: Sequence[WindowSpan]
    today: int | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class CalendarRow:
    """One campaign of the calendar. `overlaps` names those that run at the same time."""

    name: str
    href: str
    status: Status
    span: WindowSpan
    overlaps: str


@dataclass(frozen=True, kw_only=True)
class CalendarPage:
    """The campaigns between two days, with today on the same line. `more` are not shown."""

    rows: Sequence[CalendarRow]
    from_at: datetime
    to_at: datetime
    today: int
    more: int

    @property
    def lede(self) -> str:
        """How many campaigns run at the same time as another."""
        if not self.rows:
            return "No campaign runs in these four months."
        overlapping = sum(bool(row.overlaps) for row in self.rows)
        said = counted(len(self.rows), "campaign")
        return (
            f"{said} in these four months; {overlapping:,} of them overlap."
            if overlapping
            else f"{said}, none overlaps."
        )


def window_line(campaign: Campaign, *, at: datetime) -> WindowLine | None:
    """Return the window of a campaign; None while dates are missing or contradict each other."""
    start, end = campaign.start_at, campaign.end_at
    usable, until = campaign.redeemable_from, campaign.redeemable_to
    if start is None or end is None or usable is None or until is None or end <= start or until <= usable:
        return None
    first, last = min(start, usable), max(end, until)
    spans = [
        _span("Rewards are issued", start, end, line=(first, last), tone=Tone.INFO),
        _span("Guests can redeem", usable, until, line=(first, last), tone=Tone.SUCCESS),
    ]
    today = _place(at, first, last) if first <= at <= last else None
    return WindowLine(spans=spans, today=today, sentence=_sentence(campaign, at=at))


def _sentence(campaign: Campaign, *, at: datetime) -> str:
    zone = zone_of(campaign.merchant)
    moments = (("Starts", "Started", campaign.start_at), ("ends", "ended", campaign.end_at))
    parts = [
        f"{ahead if moment > at else behind} {_relative(moment, at=at, zone=zone)}"
        for ahead, behind, moment in moments
        if moment is not None
    ]
    return f"{', '.join(parts)}."


def _relative(moment: datetime, *, at: datetime, zone: tzinfo) -> str:
    words = relative(moment, now=at, zone=zone)
    return words if words.startswith("in ") or words.endswith(("ago", "now")) else f"on {words}"


def calendar_page(merchant: Merchant, *, at: datetime) -> CalendarPage:
    """Return the campaigns of a merchant around today, the first to start on top. Two queries."""
    first, last = at - BEFORE, at + AHEAD
    shown = merchant.campaigns.kept().exclude(state=CampaignState.REFUSED)
    shown = shown.filter(Q(start_at__lt=last) & Q(end_at__gt=first)).order_by("start_at", "pk")
    campaigns = list(shown[:MOST])
    return CalendarPage(
        rows=[_row(campaign, campaigns, merchant=merchant, first=first, last=last) for campaign in campaigns],
        from_at=first,
        to_at=last,
        today=_place(at, first, last),
        more=max(shown.count() - len(campaigns), 0),
    )


def _row(
    campaign: Campaign, others: Iterable[Campaign], *, merchant: Merchant, first: datetime, last: datetime
) -> CalendarRow:
    start, end = campaign.start_at or first, campaign.end_at or last
    return CalendarRow(
        name=campaign.name or UNTITLED,
        href=reverse("campaigns:detail", args=[merchant.handle, campaign.pk]),
        status=OF_CAMPAIGN[CampaignState(campaign.state)],
        span=_span("Runs", start, end, line=(first, last), tone=Tone.INFO),
        overlaps=_named([other.name or UNTITLED for other in others if overlap(campaign, other)]),
    )


def overlap(one: Campaign, other: Campaign) -> bool:
    """Whether two different campaigns run at the same time. Without dates they do not."""
    if one.pk == other.pk or None in (one.start_at, one.end_at, other.start_at, other.end_at):
        return False
    return bool(one.start_at < other.end_at and other.start_at < one.end_at)  # type: ignore[operator]


def _named(names: Sequence[str]) -> str:
    rest = len(names) - MOST_NAMES
    return listed([*names[:MOST_NAMES], *([f"{rest:,} more"] if rest > 0 else [])])


def _span(label: str, start: datetime, end: datetime, *, line: tuple[datetime, datetime], tone: Tone) -> WindowSpan:
    x, until = _place(start, *line), _place(end, *line)
    width = max(until - x, SMALLEST)
    return WindowSpan(label=label, from_at=start, to_at=end, x=min(x, LENGTH - SMALLEST), width=width, tone=tone)


def _place(moment: datetime, first: datetime, last: datetime) -> int:
    """Return the place of a moment on the line; what is before or after the line is at its ends."""
    return round(LENGTH * min(max((moment - first) / (last - first), 0), 1))
