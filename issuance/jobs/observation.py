"""Observations of a job, and the pure fold of them into what is known of it.

The answer to a call, a poll and a webhook all become an observation. They may come twice and in any order, so the fold
is idempotent and independent of the order: the later state wins, counts never go down, failures unite, and what is
absent changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from issuance.jobs.failure_reasons import said
from partner_api.answers.jobs import IssuanceJob


class JobState(StrEnum):
    """The states of an issuance job that Thanx documents, from the first to the last."""

    UNSEEN = ""
    PENDING = "pending"
    PROCESSING = "processing"
    FAILED = "failed"
    COMPLETED = "completed"
    REVOKING = "revoking"
    REVOKED = "revoked"


ORDER = {state: place for place, state in enumerate(JobState)}


class Source(StrEnum):
    """How an observation came."""

    ANSWER = "answer"
    POLL = "poll"
    WEBHOOK = "webhook"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What one message says of a job; None where it says nothing.

    `failures` are Thanx's words by position, without identifiers. `is_whole_list`: the message says all that an ended
    job ever says about who got a reward: a completed job lists every guest who did not, a failed one only counts.
    """

    source: Source
    job_state: str = ""
    processed: int | None = None
    issued: int | None = None
    failed: int | None = None
    failures: Mapping[int, str] | None = field(default=None, repr=False)
    is_whole_list: bool = False


@dataclass(frozen=True, kw_only=True)
class KnownJob:
    """What is known of a job from all observations so far."""

    job_state: JobState = JobState.UNSEEN
    processed: int | None = None
    issued: int | None = None
    failed: int | None = None
    failures: Mapping[int, str] = field(default_factory=dict, repr=False)
    is_listed: bool = False


def fold(known: KnownJob, observation: Observation, *, size: int) -> KnownJob:
    """Return what is known after one more observation of a job of `size` recipients.

    An issued reward outweighs a counted failure: together they are never more than `size`.
    """
    failures = _united(known.failures, observation.failures or {}, size=size)
    issued = _most(known.issued, observation.issued, _concluded(observation, size=size), size=size)
    failed = _most(known.failed, observation.failed, len(failures) or None, size=size)
    return KnownJob(
        job_state=max(known.job_state, _known(observation.job_state), key=lambda state: ORDER[state]),
        processed=_most(known.processed, observation.processed, size=size),
        issued=issued,
        failed=None if failed is None else min(failed, size - (issued or 0)),
        failures=failures,
        is_listed=known.is_listed or observation.is_whole_list,
    )


def of_job(job: IssuanceJob, *, source: Source) -> Observation:
    """Return the observation that an answer with a job makes."""
    failures = None if job.failures is None else {failure.index: said(failure.error) for failure in job.failures}
    counted = job.state == JobState.FAILED and job.success_count is not None
    listed = counted or (job.state == JobState.COMPLETED and failures is not None)
    failed = job.failure_count
    if failed is None and failures is not None and listed:
        failed = len(failures) + job.unplaced
    return Observation(
        source=source,
        job_state=job.state,
        processed=job.processed_count,
        issued=job.success_count,
        failed=failed,
        failures=failures,
        is_whole_list=listed,
    )


def _concluded(observation: Observation, *, size: int) -> int | None:
    """Return how many guests a completed job that gives no count issued to: all that it does not list as failures."""
    unsaid = observation.issued is None and observation.is_whole_list
    if not unsaid or observation.job_state != JobState.COMPLETED:
        return None
    return size - (len(observation.failures or {}) if observation.failed is None else observation.failed)


def _known(word: str) -> JobState:
    """Return the state; an undocumented word says nothing."""
    return JobState(word) if word in ORDER else JobState.UNSEEN


def _most(*counts: int | None, size: int) -> int | None:
    given = [min(max(count, 0), size) for count in counts if count is not None]
    return max(given) if given else None


def _united(known: Mapping[int, str], new: Mapping[int, str], *, size: int) -> Mapping[int, str]:
    united = dict(known)
    for position, reason in new.items():
        if 0 <= position < size:
            # Two texts for one position: any rule will do that does not depend on which came first.
            united[position] = min(reason, united.get(position, reason))
    return united
