"""What can be wrong with a job: a code for the row, and an explanation that says what happens next by itself.

`Batch.error_code` holds one of these codes; `Batch.error_text` what Thanx said, shortened and without identifiers.
"""

from dataclasses import replace
from enum import Enum, StrEnum

from issuance.states import POLLED, BatchState
from partner_api import errors
from partner_api.error_codes import ErrorCode, row_of
from ui.explained import Explained


class JobProblem(StrEnum):
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


CREDENTIAL = frozenset({JobProblem.NOT_CONFIGURED, JobProblem.CREDENTIALS_REFUSED, JobProblem.SCOPE_MISSING})
"""Not the job's fault: as soon as an operator has corrected the credential, the job goes on by itself."""

_BY_ERROR: dict[str, JobProblem] = {
    **{problem.value: problem for problem in JobProblem},
    ErrorCode.UNAVAILABLE: JobProblem.UNREACHABLE,
}


def problem_of(error: errors.PartnerError) -> JobProblem:
    """Return what an error means for the job whose call it was."""
    return row_of(error, _BY_ERROR)


class JobCall(Enum):
    """Which call of a job went wrong: the same problem means something else for the guests each time."""

    SENDING = "sending"
    READING = "reading"
    REVOKING = "revoking"


def call_in(state: BatchState) -> JobCall:
    """Return which call a job in this state waits for."""
    if state == BatchState.REVOKE_QUEUED:
        return JobCall.REVOKING
    return JobCall.READING if state in POLLED else JobCall.SENDING


def explained(code: str, *, call: JobCall) -> Explained | None:
    """Return the explanation of a stored code, by the call that went wrong; None where nothing is wrong."""
    if code not in EXPLAINED:
        return None
    problem = JobProblem(code)
    if call is JobCall.SENDING or problem not in OF_ANY_CALL:
        return EXPLAINED[problem]
    return replace(_UNREADABLE if problem is JobProblem.UNANSWERED else EXPLAINED[problem], means=_MEANS[call])


OF_ANY_CALL = frozenset({JobProblem.UNREACHABLE, JobProblem.RATE_LIMITED, JobProblem.UNANSWERED, *CREDENTIAL})
"""Problems that any call can have. Only for a job that is being sent do they mean that nothing was sent or done."""

_MEANS = {
    JobCall.READING: "The job goes on at Thanx; how far it is cannot be seen.",
    JobCall.REVOKING: "The rewards are not revoked yet.",
}
_UNREADABLE = Explained("Thanx gave no readable answer", "The portal reads the job again before it asks anything.")
EXPLAINED: dict[JobProblem, Explained] = {
    JobProblem.UNREACHABLE: Explained(
        "Thanx could not be reached",
        "The portal tries again by itself until Thanx can be reached.",
        means="Nothing was sent.",
    ),
    JobProblem.RATE_LIMITED: Explained(
        "Thanx asked us to slow down",
        "The portal waits as long as Thanx asked and goes on by itself.",
        means="Nothing was done.",
    ),
    JobProblem.UNANSWERED: Explained(
        "We sent the request and got no readable answer, so we do not know yet whether Thanx took it",
        "The portal asks again with the same key, which can never issue a reward twice.",
    ),
    JobProblem.NOT_CONFIGURED: Explained(
        "This portal has no credential for Thanx",
        "As soon as an operator has set the credential, this goes on by itself.",
        means="Nothing was sent.",
    ),
    JobProblem.CREDENTIALS_REFUSED: Explained(
        "Thanx does not accept the portal's credential",
        "As soon as an operator has corrected the credential, this goes on by itself.",
        means="Nothing was done.",
    ),
    JobProblem.SCOPE_MISSING: Explained(
        "The portal's credential is not allowed to do this",
        "As soon as Thanx has granted the scope rewards.issue, this goes on by itself.",
        means="Nothing was done.",
    ),
    JobProblem.REFUSED: Explained(
        "Thanx refused this job as it stands",
        "Nothing more happens by itself. The guests can be tried again once the reason is gone.",
        means="None of its guests got a reward.",
    ),
    JobProblem.REFUSED_AFTER_UNKNOWN: Explained(
        "An earlier attempt had no readable answer, and now Thanx refuses the request",
        "Please decide. Ask Thanx whether a job exists for the key of this call.",
        means="That does not prove that nothing was issued.",
    ),
    JobProblem.UNKNOWN_TOO_LONG: Explained(
        "For too long we got no readable answer, so we do not know whether the rewards were issued",
        "Please decide: how long Thanx remembers a key is not known, so nothing is sent again by itself.",
    ),
    JobProblem.CAMPAIGN_OVER: Explained(
        "The rewards of this campaign can no longer be redeemed, so the job was not sent again", "Please decide."
    ),
    JobProblem.BODY_CHANGED: Explained(
        "What is stored for this job is not what was confirmed, so it was not sent",
        "Please find out why, and settle the job.",
    ),
    JobProblem.JOB_OF_ANOTHER_BATCH: Explained(
        "Thanx answered with a job that belongs to another batch",
        "Please ask Thanx which job the key of this call led to.",
    ),
    JobProblem.JOB_LOST: Explained(
        "Thanx says that it does not know this job, although it had accepted it", "Please ask Thanx what became of it."
    ),
    JobProblem.JOB_STUCK: Explained(
        "This job has not changed at Thanx for a day",
        "Please ask Thanx about it. If Thanx tells us anything new, the portal goes on by itself.",
    ),
    JobProblem.REVOKE_REFUSED: Explained(
        "Thanx refused to revoke this job",
        "Nothing more happens by itself. It can be tried again.",
        means="The guests keep their rewards.",
    ),
}
