"""Campaigns and issuance jobs of the sandbox, and the state of a job at a time."""

import bisect
import enum
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class JobState(enum.StrEnum):
    """The states of an issuance job."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REVOKING = "revoking"
    REVOKED = "revoked"


REVOCABLE = frozenset({JobState.COMPLETED, JobState.FAILED})


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign; `document` is what the API returns."""

    id: str
    merchant_id: str
    created_at: float
    document: dict[str, Any]

    def variant(self, variant_id: str) -> dict[str, Any] | None:
        """Return the campaign's variant with that id, or None."""
        return next((one for one in self.document["variants"] if one["id"] == variant_id), None)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An identifier that got no reward; `index` is its position in the submitted list, from 0."""

    index: int
    type: str
    error: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """One issuance job. Times are seconds since the epoch; the state follows from them and the clock."""

    id: str
    merchant_id: str
    campaign_id: str
    variant_id: str
    idempotency_key: str
    body_sha256: str
    created_at: float
    started_at: float
    completed_at: float | None  # None: stuck until the control API finishes it
    outcome: JobState
    total: int
    reach: int  # how many identifiers are processed in the end; fewer than total in a failed job
    revoke_at: float | None
    revoked_at: float | None
    announced: bool
    failures: tuple[Failure, ...]
    first_answer: str

    def state(self, *, at: float) -> JobState:
        """Return the state at that time."""
        if self.revoke_at is not None:
            return JobState.REVOKED if at >= (self.revoked_at or 0) else JobState.REVOKING
        if self.completed_at is not None and at >= self.completed_at:
            return self.outcome
        return JobState.PROCESSING if at >= self.started_at else JobState.PENDING

    def processed(self, *, at: float) -> int:
        """Return how many identifiers are processed at that time."""
        state = self.state(at=at)
        if state == JobState.PENDING:
            return 0
        if state != JobState.PROCESSING:
            return self.reach
        if self.completed_at is None:
            return self.reach
        return int(self.reach * (at - self.started_at) / (self.completed_at - self.started_at))

    def failed(self, *, at: float) -> int:
        """Return how many of the processed identifiers got no reward."""
        return bisect.bisect_left(self.failures, self.processed(at=at), key=lambda failure: failure.index)


def job_document(job: Job, *, at: float) -> dict[str, Any]:
    """Return the job as the API returns it at that time."""
    state, processed, failed = job.state(at=at), job.processed(at=at), job.failed(at=at)
    settled = state not in {JobState.PENDING, JobState.PROCESSING}
    document = {
        "id": job.id,
        "campaign_id": job.campaign_id,
        "variant_id": job.variant_id,
        "state": str(state),
        "total_count": job.total,
        "processed_count": processed,
        "success_count": processed - failed,
        "failure_count": failed,
        "progress_percent": int(100 * processed / job.total),
        "created_at": iso8601(job.created_at),
        "started_at": None if state == JobState.PENDING else iso8601(job.started_at),
        "completed_at": iso8601(job.completed_at) if settled and job.completed_at is not None else None,
    }
    if state == JobState.COMPLETED:
        document["summary"] = _summary(job, succeeded=processed - failed)
    return document


def _summary(job: Job, *, succeeded: int) -> dict[str, Any]:
    failures = [
        {"identifier_index": failure.index, "identifier_type": failure.type, "error": failure.error}
        for failure in job.failures
    ]
    return {"success_count": succeeded, "failure_count": len(failures), "failures": failures}


def iso8601(instant: float) -> str:
    """Return seconds since the epoch as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(instant, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
