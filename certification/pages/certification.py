"""The certification page: each requirement with its verdict, the count behind it, and links to what was found."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from certification import verdicts
from certification.calls import purposes
from certification.calls.exchanges import MOST_JUDGED
from certification.pages.badges import Badge
from certification.verdicts import gathering
from certification.verdicts.requirements import Pointer, PointerKind, Requirement, Verdict
from issuance.models import Issuance
from partner_api import connect
from ui.status import Tone
from ui.values import Link
from ui.wording import counted

PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
WORDS = {"hour": "Last hour", "day": "Last 24 hours", "week": "Last 7 days", "month": "Last 30 days"}
USUAL = "week"
MARKS = {
    Verdict.PASS: Badge(words="Pass", tone=Tone.SUCCESS.value, icon="circle-check"),
    Verdict.FAIL: Badge(words="Fail", tone=Tone.DANGER.value, icon="circle-x"),
    Verdict.NOT_SHOWN: Badge(words="Not yet shown", tone=Tone.NEUTRAL.value, icon="circle-dashed"),
}


@dataclass(frozen=True, kw_only=True)
class ShownRequirement:
    requirement: Requirement
    mark: Badge
    links: Sequence[Link]


@dataclass(frozen=True, kw_only=True)
class ShownGroup:
    key: str
    title: str
    requirements: Sequence[ShownRequirement]


@dataclass(frozen=True, kw_only=True)
class PeriodChoice:
    key: str
    words: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class CertificationPage:
    """All requirements. `sentence` sums them up; `cut_at`: how many calls were judged if there were more, else 0."""

    groups: Sequence[ShownGroup]
    since: datetime
    until: datetime
    period: str
    sentence: str
    passed: int
    failed: int
    not_shown: int
    choices: Sequence[PeriodChoice]
    cut_at: int
    is_local: bool


def certification_page(*, period: str, at: datetime) -> CertificationPage:
    """Return the verdicts on a period, computed now."""
    chosen = period if period in PERIODS else USUAL
    facts = gathering.facts(since=since_when(chosen, at=at), until=at)
    groups = verdicts.judged(facts)
    found = [each for group in groups for each in group.requirements]
    hrefs = addresses(pointer for each in found for pointer in each.pointers)
    tally = Counter(each.verdict for each in found)
    return CertificationPage(
        groups=[
            ShownGroup(
                key=f"group-{number}",
                title=group.title,
                requirements=[_shown(each, hrefs=hrefs) for each in group.requirements],
            )
            for number, group in enumerate(groups, start=1)
        ],
        since=facts.since,
        until=facts.until,
        period=chosen,
        sentence=_sentence(tally, calls=len(facts.sent)),
        passed=tally[Verdict.PASS],
        failed=tally[Verdict.FAIL],
        not_shown=tally[Verdict.NOT_SHOWN],
        choices=[PeriodChoice(key=key, words=words, current=key == chosen) for key, words in WORDS.items()],
        cut_at=MOST_JUDGED if facts.is_cut else 0,
        is_local=connect.environment().is_local,
    )


def since_when(period: str, *, at: datetime) -> datetime:
    """Return when a period begins. An unknown period is the usual one."""
    return at - PERIODS.get(period, PERIODS[USUAL])


def addresses(pointers: Iterable[Pointer]) -> dict[tuple[PointerKind, int], str]:
    """Return the URL of each pointer by its kind and number, in at most four queries."""
    wanted = list(pointers)
    notes = {
        f"{one.kind.value}:{one.number}": one
        for one in wanted
        if one.kind in (PointerKind.BATCH, PointerKind.CAMPAIGN, PointerKind.MERCHANT)
    }
    found: dict[tuple[PointerKind, int], str] = {
        (one.kind, one.number): reverse("certification:exchange", args=[one.number])
        for one in wanted
        if one.kind is PointerKind.CALL
    }
    for note, purpose in purposes.resolved(notes).items():
        found[notes[note].kind, notes[note].number] = purpose.href
    numbers = [one.number for one in wanted if one.kind is PointerKind.ISSUANCE]
    issuances = Issuance.objects.filter(pk__in=numbers).select_related("merchant") if numbers else ()
    for issuance in issuances:
        href = reverse("issuance:detail", args=[issuance.merchant.handle, issuance.pk])
        found[PointerKind.ISSUANCE, issuance.pk] = href
    return found


def _shown(requirement: Requirement, *, hrefs: dict[tuple[PointerKind, int], str]) -> ShownRequirement:
    links = [Link(label=one.words, href=hrefs.get((one.kind, one.number), "")) for one in requirement.pointers]
    return ShownRequirement(requirement=requirement, mark=MARKS[requirement.verdict], links=links)


def _sentence(tally: Mapping[Verdict, int], *, calls: int) -> str:
    total, failed, not_shown = sum(tally.values()), tally[Verdict.FAIL], tally[Verdict.NOT_SHOWN]
    if failed:
        found = f"{failed} of {total} lines {'fails' if failed == 1 else 'fail'}."
    elif not_shown:
        found = f"Nothing fails; {not_shown} of {total} lines {'is' if not_shown == 1 else 'are'} not yet shown."
    else:
        found = f"All {total} lines pass."
    return f"{found} Computed from {counted(calls, 'call')} and from what they were for."
