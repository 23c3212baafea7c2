"""Thanx's rules for calls: complete headers, no needless repeat, no rapid polling.

Source: Thanx Partner API v4.0, "Certification": all headers on every call, no duplicate requests, a reasonable
frequency.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

HEADERS = ("Authorization", "X-ClientId", "Accept-Version", "Content-Type", "User-Agent")
"""The headers of every request, GETs included."""

ISSUE = "/partner/campaigns/issue"
CREATE_CAMPAIGN = "/partner/campaigns"
POLL = "/partner/issuance_jobs/{id}"
REVOKE = "/partner/issuance_jobs/{id}/revoke"

REPEAT_WITHIN = timedelta(seconds=60)
"""The same GET within this time of an answer is needless."""

POLLS_APART = timedelta(seconds=2)
"""Two polls of one job are never closer."""

USUAL_POLLS_APART = timedelta(seconds=5)
"""The median distance of polls is at least this."""

NEVER_LEFT = frozenset({"NotSent", "Withheld"})
"""Errors of calls that never left this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The values of one exchange that the rules need. `looks_after_doubt`: it checks whether a campaign was created."""

    id: int
    at: datetime
    host: str
    method: str
    path: str
    target: str
    header_names: Sequence[str] = HEADERS
    key: UUID | None = None
    body_digest: str = ""
    about: str = ""
    status: int | None = 200
    error: str = ""
    ms: int = 0
    looks_after_doubt: bool = False

    @property
    def left(self) -> bool:
        """Whether it may have reached Thanx."""
        return self.error not in NEVER_LEFT

    @property
    def is_poll(self) -> bool:
        """Whether it reads the state of a job, which is repeated on purpose."""
        return self.method == "GET" and self.path == POLL


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two identical GETs, one after the other."""

    earlier: Sent
    later: Sent

    @property
    def gap(self) -> timedelta:
        """The time between them."""
        return self.later.at - self.earlier.at


def missing_headers(names: Iterable[str]) -> tuple[str, ...]:
    """Return which of the five headers a request did not carry."""
    sent = {name.lower() for name in names}
    return tuple(name for name in HEADERS if name.lower() not in sent)


def equal_reads(sent: Iterable[Sent]) -> Iterator[Pair]:
    """Yield each GET that repeats an earlier one, together with the latest earlier one."""
    latest: dict[tuple[str, str], Sent] = {}
    for one in sorted(sent, key=lambda each: (each.at, each.id)):
        if one.method != "GET" or not one.left:
            continue
        before = latest.get((one.host, one.target))
        if before is not None:
            yield Pair(earlier=before, later=one)
        latest[one.host, one.target] = one


def is_needless(*, is_poll: bool, gap: timedelta, earlier_failed: bool, looks_after_doubt: bool) -> bool:
    """Whether a GET this soon after an identical one was needless.

    It is not if the earlier one failed, or if it checks a creation whose answer was lost. Polls are judged by
    `is_rapid` instead: a job changes by itself.
    """
    return gap < REPEAT_WITHIN and not (is_poll or earlier_failed or looks_after_doubt)


def is_rapid(*, is_poll: bool, gap: timedelta) -> bool:
    """Whether a job was polled again too soon."""
    return is_poll and gap < POLLS_APART


def needless_repeats(sent: Iterable[Sent]) -> list[Pair]:
    """Return the needless GETs, each with the one before."""
    return [
        pair
        for pair in equal_reads(sent)
        if is_needless(
            is_poll=pair.later.is_poll,
            gap=pair.gap,
            earlier_failed=bool(pair.earlier.error),
            looks_after_doubt=pair.later.looks_after_doubt,
        )
    ]


def polls(sent: Iterable[Sent]) -> list[Pair]:
    """Return each poll of a job together with the one before."""
    return [pair for pair in equal_reads(sent) if pair.later.is_poll]


def offenders(sent: Sequence[Sent]) -> set[int]:
    """Return the ids of exchanges that break a rule: headers missing, needless repeats, rapid polling."""
    incomplete = {one.id for one in sent if one.left and missing_headers(one.header_names)}
    needless = {pair.later.id for pair in needless_repeats(sent)}
    rapid = {pair.later.id for pair in polls(sent) if is_rapid(is_poll=True, gap=pair.gap)}
    return incomplete | needless | rapid
