"""The certification page: each line with its verdict, the count behind it, and where to see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from certification import verdicts
from certification.calls import purposes
from certification.calls.exchanges import MOST_JUDGED
from certification.verdicts import gathering
from certification.verdicts.requirements import Kind, Line, Pointer, Verdict
from issuance.models import Issuance
from partner_api import connect
from ui.status import Tone

PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
WORDS = {"hour": "Last hour", "day": "Last 24 hours", "week": "Last 7 days", "month": "Last 30 days"}
USUAL = "week"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How a verdict looks."""

    words: str
    tone: str
    icon: str


MARKS = {
    Verdict.PASS: Mark(words="Pass", tone=Tone.SUCCESS.value, icon="circle-check"),
    Verdict.FAIL: Mark(words="Fail", tone=Tone.DANGER.value, icon="circle-x"),
    Verdict.NOT_SHOWN: Mark(words="Not yet shown", tone=Tone.NEUTRAL.value, icon="circle-dashed"),
}


@dataclass(frozen=True, kw_only=True)
class Link:
    """Something in which a line can be seen."""

    words: str
    href: str


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """One line as the page shows it."""

    key: str
    asked: str
    mark: Mark
    found: str
    links: Sequence[Link]


@dataclass(frozen=True, kw_only=True)
class ShownGroup:
    """Lines that belong together."""

    key: str
    title: str
    lines: Sequence[ShownLine]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A period to choose."""

    key: str
    words: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class CertificationPage:
    """All lines. `cut_at` is the number of calls that are judged when there were more, else 0."""

    groups: Sequence[ShownGroup]
    since: datetime
    until: datetime
    period: str
    passed: int
    failed: int
    not_shown: int
    choices: Sequence[Choice]
    calls: int
    cut_at: int
    is_local: bool

    @property
    def total(self) -> int:
        """All lines."""
        return self.passed + self.failed + self.not_shown


def certification_page(*, period: str, at: datetime) -> CertificationPage:
    """Return the verdicts on a period, computed now."""
    chosen = period if period in PERIODS else USUAL
    facts = gathering.facts(since=since_when(chosen, at=at), until=at)
    groups = verdicts.judged(facts)
    lines = [line for group in groups for line in group.lines]
    hrefs = addresses(pointer for line in lines for pointer in line.pointers)
    tally = [line.verdict for line in lines]
    return CertificationPage(
        groups=[
            ShownGroup(
                key=f"group-{number}", title=group.title, lines=[_shown(line, hrefs=hrefs) for line in group.lines]
            )
            for number, group in enumerate(groups, start=1)
        ],
        since=facts.since,
        until=facts.until,
        period=chosen,
        passed=tally.count(Verdict.PASS),
        failed=tally.count(Verdict.FAIL),
        not_shown=tally.count(Verdict.NOT_SHOWN),
        choices=[Choice(key=key, words=words, current=key == chosen) for key, words in WORDS.items()],
        calls=len(facts.sent),
        cut_at=MOST_JUDGED if facts.is_cut else 0,
        is_local=connect.environment().is_local,
    )


def since_when(period: str, *, at: datetime) -> datetime:
    """Return when a period begins; of one that is not offered, the usual one."""
    return at - PERIODS.get(period, PERIODS[USUAL])


def addresses(pointers: Iterable[Pointer]) -> dict[tuple[Kind, int], str]:
    """Return where each of these leads. At most four queries, however many there are."""
    wanted = list(pointers)
    notes = {
        f"{one.kind.value}:{one.number}": one
        for one in wanted
        if one.kind in (Kind.BATCH, Kind.CAMPAIGN, Kind.MERCHANT)
    }
    found: dict[tuple[Kind, int], str] = {
        (one.kind, one.number): reverse("certification:exchange", args=[one.number])
        for one in wanted
        if one.kind is Kind.CALL
    }
    for note, purpose in purposes.resolved(notes).items():
        found[notes[note].kind, notes[note].number] = purpose.href
    numbers = [one.number for one in wanted if one.kind is Kind.ISSUANCE]
    issuances = Issuance.objects.filter(pk__in=numbers).select_related("merchant") if numbers else ()
    for issuance in issuances:
        href = reverse("issuance:detail", args=[issuance.merchant.handle, issuance.pk])
        found[Kind.ISSUANCE, issuance.pk] = href
    return found


def _shown(line: Line, *, hrefs: dict[tuple[Kind, int], str]) -> ShownLine:
    links = [Link(words=one.words, href=hrefs.get((one.kind, one.number), "")) for one in line.pointers]
    return ShownLine(key=line.key, asked=line.asked, mark=MARKS[line.verdict], found=line.found, links=links)
