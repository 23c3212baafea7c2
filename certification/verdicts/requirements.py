"""One requirement of the certification: what is asked, what was found, and where to see it."""

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from certification.calls.manners import Sent
from certification.verdicts.facts import BatchFacts, CampaignFacts, Facts

MOST_POINTERS = 5
"""At most so many examples are linked; `found` counts all of them."""


class Verdict(enum.Enum):
    """The result of one requirement."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    NOT_SHOWN = "not shown"


class PointerKind(enum.Enum):
    """What a pointer leads to; the values are the prefixes of `Exchange.about`."""

    CALL = "call"
    BATCH = "batch"
    CAMPAIGN = "campaign"
    ISSUANCE = "issuance"
    MERCHANT = "merchant"


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """A call or a row that shows the verdict, by its primary key."""

    kind: PointerKind
    number: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """`asked` is the rule or the demonstration, `found` the count behind the verdict."""

    key: str
    asked: str
    verdict: Verdict
    found: str
    pointers: Sequence[Pointer] = ()


@dataclass(frozen=True, kw_only=True)
class RequirementGroup:
    """One part of the certification."""

    title: str
    requirements: Sequence[Requirement]


Judge = Callable[[Facts], Requirement]


def requirement(
    key: str, asked: str, *, shown: bool, good: bool, found: str, pointers: Iterable[Pointer] = (), missing: str = ""
) -> Requirement:
    """Return a judged requirement: NOT_SHOWN unless `shown`, else PASS if `good`. `missing`: why it is not shown."""
    if not shown:
        return Requirement(key=key, asked=asked, verdict=Verdict.NOT_SHOWN, found=missing or found)
    verdict = Verdict.PASS if good else Verdict.FAIL
    return Requirement(key=key, asked=asked, verdict=verdict, found=found, pointers=list(pointers)[:MOST_POINTERS])


def to_call(sent: Sent) -> Pointer:
    """Return a pointer to an exchange."""
    return Pointer(kind=PointerKind.CALL, number=sent.id, words=f"{sent.method} {sent.path}")


def to_batch(batch: BatchFacts) -> Pointer:
    """Return a pointer to a batch."""
    return Pointer(kind=PointerKind.BATCH, number=batch.id, words=f"Issuance #{batch.issuance}, job {batch.number}")


def to_campaign(found: CampaignFacts) -> Pointer:
    """Return a pointer to a campaign."""
    return Pointer(kind=PointerKind.CAMPAIGN, number=found.id, words=found.name or f"Campaign {found.id}")
