"""The part "On the wire": what certifiers see of our calls."""

import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from certification.calls import manners
from certification.calls.manners import Sent
from certification.verdicts.facts import Facts
from certification.verdicts.requirements import Requirement, requirement, to_call
from partner_api.configuration import THANX_PER_QUARTER_HOUR, THANX_PER_SECOND
from ui.wording import counted

NO_CALLS = "No call has been made in this period."
NO_ISSUES = "No rewards have been issued in this period."
UNDER_WAY = timedelta(milliseconds=100)
"""A call that leaves so shortly after a 429 was admitted before any process here knew of it."""

FINAL = frozenset({"Refused", "NotFound", "Unprocessable"})
"""Errors after which the same request must not be sent again."""

PAUSE = timedelta(seconds=1)
"""The shortest pause after a 429."""


def all_headers(facts: Facts) -> Requirement:
    """All five headers on every call."""
    bare = [each for each in facts.sent if manners.missing_headers(each.header_names)]
    total = len(facts.sent)
    names = sorted({name for each in bare for name in manners.missing_headers(each.header_names)})
    lacking = f"; without {', '.join(names)}: {len(bare):,}" if bare else ""
    return requirement(
        "headers",
        "All five headers on every call, GETs included",
        shown=total > 0,
        good=not bare,
        found=f"{total - len(bare):,} of {counted(total, 'call')} carried all five headers{lacking}.",
        pointers=map(to_call, bare or facts.sent[-1:]),
        missing=NO_CALLS,
    )


def repeats(facts: Facts) -> Requirement:
    """No identical GET within a minute, except where `manners.is_needless` allows it."""
    found = manners.needless_repeats(facts.sent)
    reads = [each for each in facts.sent if each.method == "GET"]
    return requirement(
        "repeats",
        "No needlessly repeated request",
        shown=bool(reads),
        good=not found,
        found=f"{len(found):,} identical GETs within 60 s, among {counted(len(reads), 'GET')}.",
        pointers=map(to_call, [pair.later for pair in found] or reads[-1:]),
        missing=NO_CALLS,
    )


def polling(facts: Facts) -> Requirement:
    """Polls of one job are never closer than 2 s, and their median distance is at least 5 s."""
    gaps = manners.polls(facts.sent)
    rapid = [pair for pair in gaps if manners.is_rapid(is_poll=True, gap=pair.gap)]
    median = timedelta(seconds=statistics.median(pair.gap.total_seconds() for pair in gaps) if gaps else 0)
    return requirement(
        "polling",
        "A reasonable frequency, no rapid polling",
        shown=bool(gaps),
        good=not rapid and median >= manners.USUAL_POLLS_APART,
        found=f"Median poll gap {median.total_seconds():.1f} s in {counted(len(gaps), 'gap')};"
        f" {len(rapid):,} below {manners.POLLS_APART.total_seconds():.0f} s.",
        pointers=(to_call(pair.later) for pair in (rapid or sorted(gaps, key=lambda pair: pair.gap)[:1])),
        missing="No job has been looked at twice in this period.",
    )


def rate(facts: Facts) -> Requirement:
    """The busiest second and the busiest 15 minutes are within the published limits."""
    second = busiest(facts.sent, span=timedelta(seconds=1))
    quarter = busiest(facts.sent, span=timedelta(minutes=15))
    too_many = [*second[THANX_PER_SECOND:], *quarter[THANX_PER_QUARTER_HOUR:]]
    return requirement(
        "rate",
        f"At most {THANX_PER_SECOND} calls a second and {THANX_PER_QUARTER_HOUR:,} in 15 minutes",
        shown=bool(second),
        good=not too_many,
        found=f"At most {counted(len(second), 'call')} in any second and {len(quarter):,} in any 15 minutes.",
        pointers=map(to_call, too_many or second[:1]),
        missing=NO_CALLS,
    )


def keys(facts: Facts) -> Requirement:
    """Every issue call carries an idempotency key."""
    issues = [each for each in facts.sent if each.path == manners.ISSUE]
    keyless = [each for each in issues if each.key is None]
    return requirement(
        "keys",
        "An idempotency key on every issuance",
        shown=bool(issues),
        good=not keyless,
        found=f"{len(issues) - len(keyless):,} of {counted(len(issues), 'issue call')} carried a key.",
        pointers=map(to_call, keyless or issues[-1:]),
        missing=NO_ISSUES,
    )


def one_body(facts: Facts) -> Requirement:
    """Calls with the same key have the same body."""
    by_key: dict[object, list[Sent]] = defaultdict(list)
    for each in facts.sent:
        if each.key is not None:
            by_key[each.key].append(each)
    reused = [calls for calls in by_key.values() if len(calls) > 1]
    mixed = [calls for calls in reused if len({each.body_digest for each in calls}) > 1]
    return requirement(
        "one-body",
        "A key is used again only for the same bytes",
        shown=bool(by_key),
        good=not mixed,
        found=f"{counted(len(by_key), 'key')}, {len(reused):,} of them used again,"
        f" {len(mixed):,} with different bytes.",
        pointers=(to_call(calls[-1]) for calls in (mixed or reused or list(by_key.values())[-1:])),
        missing=NO_ISSUES,
    )


def refusals(facts: Facts) -> Requirement:
    """No write is sent again unchanged after Thanx refused it."""
    failed = [each for each in facts.sent if each.error]
    again = _sent_again(facts.sent)
    return requirement(
        "refusals",
        "Errors handled gracefully: nothing that was refused is sent again as it stands",
        shown=bool(failed),
        good=not again,
        found=f"{counted(len(failed), 'call')} failed; {len(again):,} sent again after a refusal.",
        pointers=map(to_call, again or failed),
        missing="No call has failed in this period.",
    )


def backing_off(facts: Facts) -> Requirement:
    """No call leaves within a second of a 429."""
    limited = [each for each in facts.sent if each.status == 429]  # noqa: PLR2004
    hasty = [each for each in limited if _went_on(each, facts.sent)]
    return requirement(
        "backing-off",
        "When told to slow down, the portal slows down",
        shown=bool(limited),
        good=not hasty,
        found=f"After {len(limited) - len(hasty):,} of {counted(len(limited), 'answer')} with 429 nothing was sent for"
        " a second or more.",
        pointers=map(to_call, hasty or limited),
        missing="Thanx has not asked to slow down in this period.",
    )


REQUIREMENTS = (all_headers, repeats, polling, rate, keys, one_body, refusals, backing_off)


def busiest(sent: Sequence[Sent], *, span: timedelta) -> Sequence[Sent]:
    """Return the calls of the busiest window of this length, oldest first."""
    ordered = sorted(sent, key=lambda one: (one.at, one.id))
    moments = [each.at for each in ordered]
    ends = [bisect_left(moments, at + span, lo=place) for place, at in enumerate(moments)]
    start = max(range(len(ordered)), key=lambda place: ends[place] - place, default=0)
    return ordered[start : ends[start]] if ordered else ()


def _sent_again(sent: Sequence[Sent]) -> list[Sent]:
    """Return the writes that repeat a refused one: same path, purpose, bytes and key."""
    refused: set[tuple[object, ...]] = set()
    found = []
    for each in sorted(sent, key=lambda one: (one.at, one.id)):
        same = (each.method, each.target, each.about, each.body_digest, each.key)
        if same in refused and each.method != "GET":
            found.append(each)
        if each.error in FINAL:
            refused.add(same)
    return found


def _went_on(limited: Sent, sent: Sequence[Sent]) -> bool:
    """Whether a call left within PAUSE of this answer, except those that were already on their way."""
    answered = limited.at + timedelta(milliseconds=limited.ms)
    return any(answered + UNDER_WAY < each.at < answered + PAUSE for each in sent)
