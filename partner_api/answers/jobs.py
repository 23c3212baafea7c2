"""Issuance jobs of Thanx as typed values, in both dialects of the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from partner_api.answers.readers import count, items, own_id, percent, read, struct, substruct, text


@dataclass(frozen=True, slots=True)
class JobFailure:
    """One identifier that got no reward; `index` is its position in the submitted list, from 0."""

    index: int
    identifier_type: str
    error: str = field(repr=False)  # Thanx's text, which may quote the identifier


@dataclass(frozen=True, slots=True)
class IssuanceJob:
    """Thanx's work on one batch. Absent counts are None; `failures` is None as long as there is no summary.

    `state` is Thanx's word, known to us or not, '' if absent. `unplaced` counts the failures without a position: real
    ones that cannot be assigned to a guest.
    """

    id: str
    campaign_id: str | None
    variant_id: str | None
    state: str
    total_count: int | None = None
    processed_count: int | None = None
    success_count: int | None = None
    failure_count: int | None = None
    progress_percent: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    failures: tuple[JobFailure, ...] | None = None
    unplaced: int = 0


@dataclass(frozen=True, slots=True)
class Identifier:
    """An email address or a phone number of a guest. The repr hides its value."""

    type: Literal["email", "phone"]
    value: str = field(repr=False)


def issuance_job(data: object) -> IssuanceJob:
    """Read one issuance job, from a 202, a poll or a revocation, in either dialect of its counts."""
    item = struct(data, name="issuance job")
    summary = substruct(item, key="summary")
    failures, unplaced = _failures(summary)
    return read(
        IssuanceJob,
        item,
        id=own_id(item, name="issuance job"),
        total_count=count(item, "total_count", "requested_count"),
        success_count=_larger(
            count(item, "success_count", "issued_count"), count(summary, "success_count", "issued_count")
        ),
        failure_count=_larger(
            count(item, "failure_count", "failed_count"), count(summary, "failure_count", "failed_count")
        ),
        progress_percent=percent(item.get("progress_percent")),
        failures=failures,
        unplaced=unplaced,
    )


def _larger(*values: int | None) -> int | None:
    """Return the larger count: either may lag behind, and neither is ever too large."""
    return max((value for value in values if value is not None), default=None)


def _failures(summary: Mapping[str, Any]) -> tuple[tuple[JobFailure, ...] | None, int]:
    """Return the failures with a position, and the number of those without."""
    if not isinstance(summary.get("failures"), list):
        return None, 0
    listed = items(summary, key="failures")
    failures = [_failure(one) for one in listed if isinstance(one, dict)]
    placed = tuple(failure for failure in failures if failure is not None)
    return placed, len(listed) - len(placed)


def _failure(item: Mapping[str, Any]) -> JobFailure | None:
    index = count(item, "identifier_index", "index")
    if index is None:
        return None
    return JobFailure(index=index, identifier_type=text(item, "identifier_type"), error=text(item, "error", "reason"))
