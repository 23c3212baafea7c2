"""What the sandbox remembers: campaigns, jobs, and how a job looks at an instant."""

from __future__ import annotations

import bisect
import enum
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class State(enum.StrEnum):
    """The states of an issuance job."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REVOKING = "revoking"
    REVOKED = "revoked"


REVOCABLE = frozenset({State.COMPLETED, State.FAILED})


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign; `document` is what the API answers."""

    id: str
    merchant_id: str
    created_at: float
    document: dict[str, Any]

    def variant(self, variant_id: str) -> dict[str, Any] | None:
        """Return the variant with that id, or None when it is not of this campaign."""
        return next((one for one in self.document["variants"] if one["id"] == variant_id), None)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An identifier that got no reward; `index` is its place in the submitted array."""

    index: int
    type: str
    error: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """One issuance job. Instants are seconds since the epoch; the state follows from them and the clock."""

    id: str
    merchant_id: str
    campaign_id: str
    variant_id: str
    idempotency_key: str
    body_sha256: str
    created_at: float
    started_at: float
    completed_at: float | None  # None: stuck until someone finishes it
    outcome: State
    total: int
    reach: int  # how many identifiers are processed in the end; fewer than total in a failed job
    revoke_at: float | None
    revoked_at: float | None
    announced: bool
    failures: tuple[Failure, ...]
    first_answer: str

    def state(self, *, at: float) -> State:
        """Return the state at that instant."""
        if self.revoke_at is not None:
            return State.REVOKED if at >= (self.revoked_at or 0) else State.REVOKING
        if self.completed_at is not None and at >= self.completed_at:
            return self.outcome
        return State.PROCESSING if at >= self.started_at else State.PENDING

    def processed(self, *, at: float) -> int:
        """Return how many identifiers have been worked on at that instant."""
        state = self.state(at=at)
        if state == State.PENDING:
            return 0
        if state != State.PROCESSING:
            return self.reach
        if self.completed_at is None:
            return self.reach
        return int(self.reach * (at - self.started_at) / (self.completed_at - self.started_at))

    def failed(self, *, at: float) -> int:
        """Return how many of the processed identifiers got no reward."""
        return bisect.bisect_left(self.failures, self.processed(at=at), key=lambda failure: failure.index)


def job_document(job: Job, *, at: float) -> dict[str, Any]:
    """Return the job as the API tells it at that instant."""
    state, processed, failed = job.state(at=at), job.processed(at=at), job.failed(at=at)
    settled = state not in {State.PENDING, State.PROCESSING}
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
        "created_at": written(job.created_at),
        "started_at": None if state == State.PENDING else written(job.started_at),
        "completed_at": written(job.completed_at) if settled and job.completed_at is not None else None,
    }
    if state == State.COMPLETED:
        document["summary"] = _summary(job, succeeded=processed - failed)
    return document


def _summary(job: Job, *, succeeded: int) -> dict[str, Any]:
    failures = [
        {"identifier_index": failure.index, "identifier_type": failure.type, "error": failure.error}
        for failure in job.failures
    ]
    return {"success_count": succeeded, "failure_count": len(failures), "failures": failures}


def written(instant: float) -> str:
    """Return seconds since the epoch as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(instant, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
