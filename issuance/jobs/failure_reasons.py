"""Why a guest got no reward: Thanx's texts, our codes for them, and what to do. Pure.

Thanx's texts are meant for readers and may change. A text without a code of ours is shown as Thanx wrote it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ui.explained import Explained

LONGEST_REASON = 300


class ReasonCode(StrEnum):
    """Our code for why a guest got no reward. The values are stored and never change."""

    USER_NOT_FOUND = "user_not_found"
    INVALID_EMAIL = "invalid_email"
    INVALID_PHONE = "invalid_phone"
    NOT_ELIGIBLE = "not_eligible"
    JOB_FAILED = "job_failed"
    REFUSED = "refused"
    SETTLED = "settled"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class FailureReason(Explained):
    """Why a guest got no reward. A transient reason may be gone by itself: trying again unchanged makes sense.

    Where `may_join`, the guest may become a member: an invitation helps, and afterwards the same identifier works.
    """

    code: ReasonCode
    is_transient: bool = False
    may_join: bool = False


REASONS: dict[ReasonCode, FailureReason] = {
    reason.code: reason
    for reason in (
        FailureReason(
            code=ReasonCode.USER_NOT_FOUND,
            title="Not a member",
            means="No member of this merchant's program has this email address or phone number.",
            todo="Invite the guest to join, or correct the address and try again.",
            may_join=True,
        ),
        FailureReason(
            code=ReasonCode.INVALID_EMAIL,
            title="Email address not accepted",
            means="Thanx does not accept this as an email address.",
            todo="Correct the address and try again.",
        ),
        FailureReason(
            code=ReasonCode.INVALID_PHONE,
            title="Phone number not accepted",
            means="Thanx does not accept this phone number or cannot reach it.",
            todo="Correct the number, or use the guest's email address, and try again.",
        ),
        FailureReason(
            code=ReasonCode.NOT_ELIGIBLE,
            title="Not eligible",
            means="The guest is a member but may not get this reward.",
            todo="Check the reward's conditions. Trying again unchanged will not help.",
        ),
        FailureReason(
            code=ReasonCode.JOB_FAILED,
            title="The job failed at Thanx",
            means="Thanx gave up the whole job before it issued anything.",
            todo="Try again: nothing was issued to these guests.",
            is_transient=True,
        ),
        FailureReason(
            code=ReasonCode.REFUSED,
            title="Thanx refused the job",
            means="Thanx did not accept the job that this guest was part of. Nothing was issued.",
            todo="Read what Thanx said, correct it, and try again.",
            is_transient=True,
        ),
        FailureReason(
            code=ReasonCode.SETTLED,
            title="Settled as not issued",
            means="A user found out from Thanx that nothing was issued to the guests of this job.",
            todo="Try again if the guests should still get the reward.",
            is_transient=True,
        ),
        FailureReason(
            code=ReasonCode.OTHER,
            title="Another reason",
            means="Thanx gave a reason that this portal does not know. It is shown as Thanx said it.",
            todo="Read what Thanx said. If it sounds temporary, try again.",
            is_transient=True,
        ),
    )
}

TRANSIENT = frozenset(code for code, reason in REASONS.items() if reason.is_transient)
"""Reasons for which trying again unchanged makes sense."""

MAY_JOIN = frozenset(code for code, reason in REASONS.items() if reason.may_join)
"""Reasons that end when the guest becomes a member."""

OF_WHOLE_BATCHES = frozenset({ReasonCode.JOB_FAILED, ReasonCode.REFUSED, ReasonCode.SETTLED})
"""Reasons that come from the fate of the whole job. What Thanx says of the single guest counts more."""

# The first that fits.
_TEXTS: tuple[tuple[re.Pattern[str], ReasonCode], ...] = (
    (
        re.compile(
            r"\b(user|member|guest|customer|account)\b.*\b(not found|unknown|does(n't| not) exist)"
            r"|\b(not found|no such)\b.*\b(user|member|guest|customer)\b",
            re.IGNORECASE,
        ),
        ReasonCode.USER_NOT_FOUND,
    ),
    (
        re.compile(r"\be-?mail\b.*\b(invalid|malformed|not valid)\b|\binvalid e-?mail\b", re.IGNORECASE),
        ReasonCode.INVALID_EMAIL,
    ),
    (
        re.compile(
            r"\b(phone|number)\b.*\b(invalid|unreachable|malformed|not valid)\b|\binvalid phone\b", re.IGNORECASE
        ),
        ReasonCode.INVALID_PHONE,
    ),
    (re.compile(r"\b(not |in|un)eligible\b|\beligibility\b", re.IGNORECASE), ReasonCode.NOT_ELIGIBLE),
)

_EMAIL = re.compile(r"[^\s<>()\"',;:]+@[^\s<>()\"',;:]+")
_PHONE = re.compile(r"\+?\(?\d(?:[\s().-]{0,3}\d){6,}")


def code_of(text: str) -> ReasonCode:
    """Return our code for Thanx's text; OTHER for a text that we do not know."""
    return next((code for pattern, code in _TEXTS if pattern.search(text)), ReasonCode.OTHER)


def said(text: str) -> str:
    """Return a text of Thanx or of a user on one line, shortened, without anything that looks like an identifier."""
    shortened = " ".join(text.split())[: 2 * LONGEST_REASON]
    return _PHONE.sub("•••", _EMAIL.sub("•••", shortened))[:LONGEST_REASON]


def reason_of(code: str) -> FailureReason:
    """Return the reason of a stored code; OTHER for a code of another version."""
    return REASONS[ReasonCode(code) if code in REASONS else ReasonCode.OTHER]
