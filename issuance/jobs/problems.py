"""What can be wrong with a batch: the only words for it, and what happens next by itself.

`Batch.error_code` holds one of these codes; `Batch.error_text` what Thanx said, shortened and without identifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from issuance.states import POLLED, BatchState
from partner_api import errors


class Problem(StrEnum):
    """A code. The values are stored and never change."""

    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    UNANSWERED = "unanswered"
    NOT_CONFIGURED = "not_configured"
    CREDENTIALS_REFUSED = "credentials_refused"
    SCOPE_MISSING = "scope_missing"
    REFUSED = "refused"
    REFUSED_AFTER_UNKNOWN = "refused_after_unknown"
    UNKNOWN_TOO_LONG = "unknown_too_long"
    CAMPAIGN_OVER = "campaign_over"
    BODY_CHANGED = "body_changed"
    JOB_OF_ANOTHER_BATCH = "job_of_another_batch"
    JOB_LOST = "job_lost"
    JOB_STUCK = "job_stuck"
    REVOKE_REFUSED = "revoke_refused"


CREDENTIAL = frozenset({Problem.NOT_CONFIGURED, Problem.CREDENTIALS_REFUSED, Problem.SCOPE_MISSING})
"""Not the batch's fault: as soon as somebody has put the credential right, everything goes on by itself."""


@dataclass(frozen=True)
class Words:
    """What happened, what it means for the guests, and what happens next."""

    happened: str
    next: str


class Attempt(Enum):
    """What was tried: the same problem means something else for the guests each time."""

    SENDING = "sending"
    READING = "reading"
    REVOKING = "revoking"


WORDS: dict[Problem, Words] = {
    Problem.UNREACHABLE: Words(
        "Thanx could not be reached. Nothing was sent.",
        "The portal tries again by itself until Thanx can be reached.",
    ),
    Problem.RATE_LIMITED: Words(
        "Thanx asked us to slow down. Nothing was done.",
        "The portal waits as long as Thanx asked and goes on by itself.",
    ),
    Problem.UNANSWERED: Words(
        "We sent the request and got no readable answer, so we do not know yet whether Thanx took it.",
        "The portal asks again with the same key, which can never issue a reward twice.",
    ),
    Problem.NOT_CONFIGURED: Words(
        "This portal has no credential for Thanx. Nothing was sent.",
        "As soon as an operator has set the credential, this goes on by itself.",
    ),
    Problem.CREDENTIALS_REFUSED: Words(
        "Thanx does not accept the portal's credential. Nothing was done.",
        "As soon as an operator has corrected the credential, this goes on by itself.",
    ),
    Problem.SCOPE_MISSING: Words(
        "The portal's credential is not allowed to do this. Nothing was done.",
        "As soon as Thanx has granted the scope rewards.issue, this goes on by itself.",
    ),
    Problem.REFUSED: Words(
        "Thanx refused this job as it stands. None of its guests got a reward.",
        "Nothing more happens by itself. The guests can be tried again once the reason is gone.",
    ),
    Problem.REFUSED_AFTER_UNKNOWN: Words(
        "An earlier attempt had no readable answer, and now Thanx refuses the request. That does not prove that nothing"
        " was issued.",
        "Somebody has to decide. Ask Thanx whether a job exists for the key of this call.",
    ),
    Problem.UNKNOWN_TOO_LONG: Words(
        "For too long we got no readable answer, so we do not know whether the rewards were issued.",
        "Somebody has to decide: how long Thanx remembers a key is not known, so nothing is sent again by itself.",
    ),
    Problem.CAMPAIGN_OVER: Words(
        "The rewards of this campaign can no longer be redeemed, so the job was not sent again.",
        "Somebody has to decide.",
    ),
    Problem.BODY_CHANGED: Words(
        "What is stored for this job is not what was confirmed, so it was not sent.",
        "Somebody has to find out why, and settle the job.",
    ),
    Problem.JOB_OF_ANOTHER_BATCH: Words(
        "Thanx answered with a job that belongs to another batch.",
        "Somebody has to ask Thanx which job the key of this call led to.",
    ),
    Problem.JOB_LOST: Words(
        "Thanx says that it does not know this job, although it had accepted it.",
        "Somebody has to ask Thanx what became of it.",
    ),
    Problem.JOB_STUCK: Words(
        "This job has not changed at Thanx for a day.",
        "Somebody has to ask Thanx about it. If Thanx tells us anything new, the portal goes on by itself.",
    ),
    Problem.REVOKE_REFUSED: Words(
        "Thanx refused to revoke this job. The guests keep their rewards.",
        "Nothing more happens by itself. It can be tried again.",
    ),
}


_MEANS = {
    Attempt.READING: "The job goes on at Thanx; how far it is cannot be seen.",
    Attempt.REVOKING: "The rewards are not revoked yet.",
}
_ELSEWHERE: dict[Problem, str] = {
    Problem.UNREACHABLE: "Thanx could not be reached.",
    Problem.RATE_LIMITED: "Thanx asked us to slow down.",
    Problem.UNANSWERED: "Thanx gave no readable answer.",
    Problem.NOT_CONFIGURED: "This portal has no credential for Thanx.",
    Problem.CREDENTIALS_REFUSED: "Thanx does not accept the portal's credential.",
    Problem.SCOPE_MISSING: "The portal's credential is not allowed to do this.",
}
"""Problems that can stop any attempt; `WORDS` tells them of sending."""

_LOOKED_AT_FIRST = "The portal reads the job again before it asks anything."


def attempt_at(state: BatchState) -> Attempt:
    """Return what is tried with a batch in this state."""
    if state == BatchState.REVOKE_QUEUED:
        return Attempt.REVOKING
    return Attempt.READING if state in POLLED else Attempt.SENDING


def words_of(code: str, *, attempt: Attempt) -> Words | None:
    """Return the words for a stored code, by what was tried; None where there is no problem."""
    if code not in WORDS:
        return None
    problem = Problem(code)
    if attempt is Attempt.SENDING or problem not in _ELSEWHERE:
        return WORDS[problem]
    then = _LOOKED_AT_FIRST if problem is Problem.UNANSWERED else WORDS[problem].next
    return Words(f"{_ELSEWHERE[problem]} {_MEANS[attempt]}", then)


def problem_of(error: errors.PartnerError) -> Problem:
    """Return what an error means for the batch that it happened to."""
    return next((problem for kind, problem in _OF_ERROR.items() if isinstance(error, kind)), Problem.UNANSWERED)


# The more special first: the first that fits counts.
_OF_ERROR: dict[type[errors.PartnerError], Problem] = {
    errors.NotConfigured: Problem.NOT_CONFIGURED,
    errors.CredentialsRefused: Problem.CREDENTIALS_REFUSED,
    errors.ScopeMissing: Problem.SCOPE_MISSING,
    errors.Refused: Problem.REFUSED,
    errors.RateLimited: Problem.RATE_LIMITED,
    errors.TryLater: Problem.UNREACHABLE,
    errors.OutcomeUnknown: Problem.UNANSWERED,
}
