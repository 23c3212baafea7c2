"""What certifiers see on the wire."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from certification.calls import manners
from certification.calls.manners import Pair, Sent
from certification.verdicts.facts import Facts
from certification.verdicts.requirements import Line, call, counted, line
from partner_api.configuration import THANX_PER_QUARTER_HOUR, THANX_PER_SECOND

NO_CALLS = "No call has been made in this period."
NO_ISSUES = "No rewards have been issued in this period."
UNDER_WAY = timedelta(milliseconds=100)
"""What left so shortly after a 429 had been let go before anybody here knew of it."""

FINAL = frozenset({"Refused", "NotFound", "Unprocessable"})
"""Errors after which the same thing must not be sent again as it stands."""

BREATH = timedelta(seconds=1)
"""After a 429 nothing is sent for at least so long."""


def headers(facts: Facts) -> Line:
    """All five headers on every call."""
    bare = [each for each in facts.sent if manners.missing_headers(each.header_names)]
    total = len(facts.sent)
    names = sorted({name for each in bare for name in manners.missing_headers(each.header_names)})
    lacking = f"; without {', '.join(names)}: {len(bare):,}" if bare else ""
    return line(
        "headers",
        "All five headers on every call, GETs included",
        shown=total > 0,
        good=not bare,
        found=f"{total - len(bare):,} of {counted(total, 'call')} carried all five headers{lacking}.",
        pointers=map(call, bare or facts.sent[-1:]),
        missing=NO_CALLS,
    )


def repeats(facts: Facts) -> Line:
    """No needlessly repeated request."""
    found = manners.needless_repeats(facts.sent)
    reads = [each for each in facts.sent if each.method == "GET"]
    return line(
        "repeats",
        "No needlessly repeated request",
        shown=bool(reads),
        good=not found,
        found=f"{len(found):,} identical GETs within 60 s, among {counted(len(reads), 'GET')}.",
        pointers=map(call, [pair.later for pair in found] or reads[-1:]),
        missing=NO_CALLS,
    )


def polling(facts: Facts) -> Line:
    """A reasonable frequency: no rapid polling."""
    gaps = manners.polls(facts.sent)
    rapid = [pair for pair in gaps if manners.is_rapid(is_poll=True, gap=pair.gap)]
    median = timedelta(seconds=_median(gaps))
    return line(
        "polling",
        "A reasonable frequency, no rapid polling",
        shown=bool(gaps),
        good=not rapid and median >= manners.USUAL_POLLS_APART,
        found=f"Median poll gap {median.total_seconds():.1f} s in {counted(len(gaps), 'gap')};"
        f" {len(rapid):,} below {manners.POLLS_APART.total_seconds():.0f} s.",
        pointers=(call(pair.later) for pair in (rapid or sorted(gaps, key=_gap)[:1])),
        missing="No job has been looked at twice in this period.",
    )


def rate(facts: Facts) -> Line:
    """Within the published limits."""
    second = busiest(facts.sent, span=timedelta(seconds=1))
    quarter = busiest(facts.sent, span=timedelta(minutes=15))
    too_many = [*second[THANX_PER_SECOND:], *quarter[THANX_PER_QUARTER_HOUR:]]
    return line(
        "rate",
        f"At most {THANX_PER_SECOND} calls a second and {THANX_PER_QUARTER_HOUR:,} in 15 minutes",
        shown=bool(second),
        good=not too_many,
        found=f"At most {counted(len(second), 'call')} in any second and {len(quarter):,} in any 15 minutes.",
        pointers=map(call, too_many or second[:1]),
        missing=NO_CALLS,
    )


def keys(facts: Facts) -> Line:
    """Idempotency keys on issuance."""
    issues = [each for each in facts.sent if each.path == manners.ISSUE]
    keyless = [each for each in issues if each.key is None]
    return line(
        "keys",
        "An idempotency key on every issuance",
        shown=bool(issues),
        good=not keyless,
        found=f"{len(issues) - len(keyless):,} of {counted(len(issues), 'issue call')} carried a key.",
        pointers=map(call, keyless or issues[-1:]),
        missing=NO_ISSUES,
    )


def one_body(facts: Facts) -> Line:
    """A key is reused only with the same body."""
    by_key: dict[object, list[Sent]] = defaultdict(list)
    for each in facts.sent:
        if each.key is not None:
            by_key[each.key].append(each)
    reused = [calls for calls in by_key.values() if len(calls) > 1]
    mixed = [calls for calls in reused if len({each.body_digest for each in calls}) > 1]
    return line(
        "one-body",
        "A key is used again only for the same bytes",
        shown=bool(by_key),
        good=not mixed,
        found=f"{counted(len(by_key), 'key')}, {len(reused):,} of them used again,"
        f" {len(mixed):,} with different bytes.",
        pointers=(call(calls[-1]) for calls in (mixed or reused or list(by_key.values())[-1:])),
        missing=NO_ISSUES,
    )


def refusals(facts: Facts) -> Line:
    """Errors are handled gracefully: what was refused is not sent again as it stands."""
    failed = [each for each in facts.sent if each.error]
    again = _sent_again(facts.sent)
    return line(
        "refusals",
        "Errors handled gracefully: nothing that was refused is sent again as it stands",
        shown=bool(failed),
        good=not again,
        found=f"{counted(len(failed), 'call')} failed; {len(again):,} sent again after a refusal.",
        pointers=map(call, again or failed),
        missing="No call has failed in this period.",
    )


def backing_off(facts: Facts) -> Line:
    """After a 429 everything pauses."""
    limited = [each for each in facts.sent if each.status == 429]  # noqa: PLR2004
    hasty = [each for each in limited if _went_on(each, facts.sent)]
    return line(
        "backing-off",
        "Whoever is told to slow down slows down",
        shown=bool(limited),
        good=not hasty,
        found=f"After {len(limited) - len(hasty):,} of {counted(len(limited), 'answer')} with 429 nothing was sent for"
        " a second or more.",
        pointers=map(call, hasty or limited),
        missing="Thanx has not asked to slow down in this period.",
    )


LINES = (headers, repeats, polling, rate, keys, one_body, refusals, backing_off)


def busiest(sent: Sequence[Sent], *, span: timedelta) -> Sequence[Sent]:
    """Return the calls of the window of this length that has most of them, in their order."""
    ordered = sorted(sent, key=lambda one: (one.at, one.id))
    moments = [each.at for each in ordered]
    ends = [bisect_left(moments, at + span, lo=place) for place, at in enumerate(moments)]
    start = max(range(len(ordered)), key=lambda place: ends[place] - place, default=0)
    return ordered[start : ends[start]] if ordered else ()


def _gap(pair: Pair) -> timedelta:
    return pair.gap


def _median(gaps: Sequence[Pair]) -> float:
    return statistics.median(pair.gap.total_seconds() for pair in gaps) if gaps else 0.0


def _sent_again(sent: Sequence[Sent]) -> list[Sent]:
    """Return the writes that follow the refusal of the very same: same path, same purpose, same bytes, same key."""
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
    """Whether something was sent within a breath of this answer, except for what was on its way when it came."""
    told = limited.at + timedelta(milliseconds=limited.ms)
    return any(told + UNDER_WAY < each.at < told + BREATH for each in sent)
