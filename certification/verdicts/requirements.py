"""A line of the certification: what is asked, what was found, and where to see it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from certification.calls.manners import Sent
from certification.verdicts.facts import Batch, Campaign, Facts

MOST_POINTERS = 5
"""So many of what was found are named; their number tells of the others."""


class Verdict(enum.Enum):
    """What a line comes to."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    NOT_SHOWN = "not shown"


class Kind(enum.Enum):
    """What a pointer leads to."""

    CALL = "call"
    BATCH = "batch"
    CAMPAIGN = "campaign"
    ISSUANCE = "issuance"
    MERCHANT = "merchant"


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """One thing in which a line can be seen."""

    kind: Kind
    number: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """`asked` is the rule or the demonstration, `found` the count behind the verdict."""

    key: str
    asked: str
    verdict: Verdict
    found: str
    pointers: Sequence[Pointer] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines that belong together."""

    title: str
    lines: Sequence[Line]


Judge = Callable[[Facts], Line]


def line(
    key: str, asked: str, *, shown: bool, good: bool, found: str, pointers: Iterable[Pointer] = (), missing: str = ""
) -> Line:
    """Return a line: not shown while nothing shows it, otherwise good or not. `missing` says what would show it."""
    if not shown:
        return Line(key=key, asked=asked, verdict=Verdict.NOT_SHOWN, found=missing or found)
    verdict = Verdict.PASS if good else Verdict.FAIL
    return Line(key=key, asked=asked, verdict=verdict, found=found, pointers=list(pointers)[:MOST_POINTERS])


def call(sent: Sent) -> Pointer:
    """Return what leads to an exchange."""
    return Pointer(kind=Kind.CALL, number=sent.id, words=f"{sent.method} {sent.path}")


def job(batch: Batch) -> Pointer:
    """Return what leads to a batch."""
    return Pointer(kind=Kind.BATCH, number=batch.id, words=f"Issuance #{batch.issuance}, job {batch.number}")


def campaign(found: Campaign) -> Pointer:
    """Return what leads to a campaign."""
    return Pointer(kind=Kind.CAMPAIGN, number=found.id, words=found.name or f"Campaign {found.id}")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 call", "1,234 calls"."""
    ends_in_ies = noun.endswith("y") and not noun.endswith("ey")
    plural = noun if number == 1 else f"{noun[:-1]}ies" if ends_in_ies else f"{noun}s"
    return f"{number:,} {plural}"
