"""The ledger that always adds up: every line of a file is in exactly one bucket, at every moment.

`lines = left out + held back + not sent + in progress + issued + failed + unknown + revoked`, on screen, in exports and
in a property test. The counts come from the batches' counters, never from counting recipients.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Case, Count, QuerySet, Sum, Value, When

from campaigns.words import Status
from issuance.models import Batch, Issuance
from issuance.states import AT_WORK, BatchState, IssuanceState

S, I = BatchState, IssuanceState  # noqa: E741


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """Where the lines of an issuance, or the recipients of a batch, are. `left_out` is by reason."""

    lines: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    held_back: int = 0
    not_sent: int = 0
    in_progress: int = 0
    issued: int = 0
    failed: int = 0
    unknown: int = 0
    revoked: int = 0

    def __add__(self, other: Buckets) -> Buckets:
        reasons = {*self.left_out, *other.left_out}
        return Buckets(
            lines=self.lines + other.lines,
            left_out={reason: self.left_out.get(reason, 0) + other.left_out.get(reason, 0) for reason in reasons},
            held_back=self.held_back + other.held_back,
            not_sent=self.not_sent + other.not_sent,
            in_progress=self.in_progress + other.in_progress,
            issued=self.issued + other.issued,
            failed=self.failed + other.failed,
            unknown=self.unknown + other.unknown,
            revoked=self.revoked + other.revoked,
        )

    @property
    def left_out_total(self) -> int:
        """Lines that are not sent, whatever the reason."""
        return sum(self.left_out.values())

    @property
    def addressed(self) -> int:
        """Recipients who are to get a reward: neither left out nor held back."""
        return self.lines - self.left_out_total - self.held_back

    @property
    def accounted_for(self) -> int:
        """The sum of all buckets: it equals `lines`."""
        return (
            self.left_out_total
            + self.held_back
            + self.not_sent
            + self.in_progress
            + self.issued
            + self.failed
            + self.unknown
            + self.revoked
        )


@dataclass(frozen=True, kw_only=True)
class Summary:
    """An issuance at a glance. `jobs` are its batches that are, were or will be sent to Thanx."""

    buckets: Buckets
    status: Status
    jobs: int
    unfinished: bool


# For each state of a batch: where the recipients whom Thanx counts as issued, as failed, and not at all are.
_PLACES: dict[BatchState, tuple[str, str, str]] = {
    S.DRAFT: ("not_sent", "not_sent", "not_sent"),
    S.DISCARDED: ("not_sent", "not_sent", "not_sent"),
    S.HELD_BACK: ("not_sent", "not_sent", "not_sent"),
    S.QUEUED: ("not_sent", "not_sent", "not_sent"),
    S.SUBMITTING: ("in_progress", "in_progress", "in_progress"),
    S.WATCHING: ("issued", "failed", "in_progress"),
    S.COMPLETED: ("issued", "failed", "unknown"),
    S.FAILED: ("issued", "failed", "failed"),  # whom a failed job has not reached, it never will
    S.REFUSED: ("failed", "failed", "failed"),
    S.NEEDS_ATTENTION: ("not_sent", "not_sent", "not_sent"),
    S.REVOKE_QUEUED: ("issued", "failed", "unknown"),
    S.REVOKING: ("issued", "failed", "unknown"),
    S.REVOKED: ("revoked", "failed", "unknown"),
}
_IN_DOUBT: dict[BatchState, tuple[str, str, str]] = {
    S.QUEUED: ("unknown", "unknown", "unknown"),  # an earlier attempt had no readable answer
    S.NEEDS_ATTENTION: ("issued", "failed", "unknown"),
}


def buckets_of_batch(
    *,
    state: BatchState,
    size: int,
    is_control: bool,
    maybe_sent: bool,
    issued: int | None,
    failed: int | None,
    job_id: str | None,
) -> Buckets:
    """Return where the recipients of a batch are. Counts that exceed its size are cut: the sum is always `size`.

    Controls are held back whatever becomes of their batch: being registered at Thanx brings them no reward.
    """
    if is_control:
        return Buckets(lines=size, held_back=size)
    if state == S.REVOKED and issued is None:  # without counts: nobody of the job holds a reward any more
        issued = size - min(failed or 0, size)
    got = min(issued or 0, size)
    missed = min(failed or 0, size - got)
    in_doubt = maybe_sent or job_id is not None
    places = _IN_DOUBT.get(state, _PLACES[state]) if in_doubt else _PLACES[state]
    parts = zip(places, (got, missed, size - got - missed), strict=True)
    return total([Buckets(lines=size), *(Buckets(**{place: amount}) for place, amount in parts)])  # type: ignore[arg-type]


def buckets_of(batch: Batch) -> Buckets:
    """Return where the recipients of a batch row are."""
    return buckets_of_batch(
        state=BatchState(batch.state),
        size=batch.size,
        is_control=batch.is_control,
        maybe_sent=batch.maybe_sent,
        issued=batch.issued_count,
        failed=batch.failed_count,
        job_id=batch.job_id,
    )


def total(parts: Iterable[Buckets]) -> Buckets:
    """Return the sum of buckets."""
    return reduce(add, parts, Buckets())


OF_BATCH: dict[BatchState, Status] = {
    S.DRAFT: Status.DRAFT,
    S.DISCARDED: Status.STOPPED,
    S.HELD_BACK: Status.COMPLETED,
    S.QUEUED: Status.QUEUED,
    S.SUBMITTING: Status.SENDING,
    S.WATCHING: Status.IN_PROGRESS,
    S.COMPLETED: Status.COMPLETED,
    S.FAILED: Status.FAILED,
    S.REFUSED: Status.FAILED,
    S.NEEDS_ATTENTION: Status.NEEDS_YOU,
    S.REVOKE_QUEUED: Status.REVOKING,
    S.REVOKING: Status.REVOKING,
    S.REVOKED: Status.REVOKED,
}
"""How pages call each state of a batch."""


def status_of_batch(*, state: BatchState, buckets: Buckets) -> Status:
    """Return what to call a batch."""
    if state == S.COMPLETED and buckets.failed:
        return Status.COMPLETED_WITH_FAILURES if buckets.issued else Status.FAILED
    return OF_BATCH[state]


def status_of(*, issuance: IssuanceState, batches: Collection[BatchState], buckets: Buckets) -> Status:
    """Return what to call an issuance; total over all combinations. `batches` are the states of its kept batches."""
    if issuance != I.CONFIRMED:
        return Status.STOPPED if issuance == I.DISCARDED else Status.DRAFT
    moving = {state for state in batches if state not in (S.HELD_BACK, S.DISCARDED)}
    if moving and moving <= {S.DRAFT, S.QUEUED}:
        return Status.QUEUED
    for state, status in _LOUDEST_FIRST.items():
        if state in moving:
            return status
    return _status_at_the_end(moving=moving, buckets=buckets)


_LOUDEST_FIRST: dict[BatchState, Status] = {
    S.NEEDS_ATTENTION: Status.NEEDS_YOU,
    S.REVOKE_QUEUED: Status.REVOKING,
    S.REVOKING: Status.REVOKING,
    S.DRAFT: Status.SENDING,
    S.QUEUED: Status.SENDING,
    S.SUBMITTING: Status.SENDING,
    S.WATCHING: Status.IN_PROGRESS,
}
"""The batches of an issuance stand differently; the first of these that there is names the whole."""


def _status_at_the_end(*, moving: Collection[BatchState], buckets: Buckets) -> Status:
    if S.REVOKED in moving and not buckets.issued:
        return Status.REVOKED
    if buckets.failed:
        return Status.COMPLETED_WITH_FAILURES if buckets.issued or buckets.unknown else Status.FAILED
    return Status.COMPLETED


def summaries(issuances: Iterable[Issuance]) -> dict[int, Summary]:
    """Return the summary of each issuance by its id, with one query however many there are."""
    issuances = list(issuances)
    rows: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _grouped_batches([issuance.pk for issuance in issuances]):
        rows[row["issuance_id"]].append(row)
    return {issuance.pk: _summary(issuance, rows[issuance.pk]) for issuance in issuances}


def summary_of(issuance: Issuance, batches: Collection[Batch]) -> Summary:
    """Return the summary of one issuance from its kept batches, without a query."""
    return _summary(issuance, [_as_group(batch) for batch in batches])


def _as_group(batch: Batch) -> Mapping[str, Any]:
    return {
        "state": batch.state,
        "is_control": batch.is_control,
        "maybe_sent": batch.maybe_sent,
        "has_job": batch.job_id is not None,
        "has_issued": batch.issued_count is not None,
        "number_of": 1,
        "people": batch.size,
        "issued": batch.issued_count,
        "failed": batch.failed_count,
    }


def everybody() -> Buckets:
    """Return where the recipients of all confirmed issuances are, with one query."""
    confirmed = Batch.objects.kept().filter(issuance__state=I.CONFIRMED)
    return total(_buckets_of_group(row) for row in _grouped(confirmed))


def _grouped_batches(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    return _grouped(Batch.objects.kept().filter(issuance__in=ids), "issuance_id")


def _grouped(batches: QuerySet[Batch], *by: str) -> Iterable[Mapping[str, Any]]:
    # Within a group the rules of buckets_of_batch are linear, so the sums may be treated as one large batch.
    rows: Iterable[Mapping[str, Any]] = (
        batches.order_by()
        .annotate(has_job=_known("job_id"), has_issued=_known("issued_count"))
        .values(*by, "state", "is_control", "maybe_sent", "has_job", "has_issued")
        .annotate(number_of=Count("pk"), people=Sum("size"), issued=Sum("issued_count"), failed=Sum("failed_count"))
    )
    return rows


def _known(column: str) -> Case:
    return Case(When(**{f"{column}__isnull": False}, then=Value(value=True)), default=Value(value=False))


def _summary(issuance: Issuance, rows: list[Mapping[str, Any]]) -> Summary:
    state = IssuanceState(issuance.state)
    states = {BatchState(row["state"]) for row in rows}
    buckets = _buckets_of_issuance(issuance, rows)
    return Summary(
        buckets=buckets,
        status=status_of(issuance=state, batches=states, buckets=buckets),
        jobs=sum(row["number_of"] for row in rows if row["state"] != S.HELD_BACK),
        unfinished=state == I.READING or (state == I.CONFIRMED and bool(states & AT_WORK)),
    )


def _buckets_of_issuance(issuance: Issuance, rows: list[Mapping[str, Any]]) -> Buckets:
    left_out = Buckets(lines=issuance.left_out_total, left_out=dict(issuance.left_out))
    if issuance.state not in (I.READY, I.CONFIRMED):  # batches are being made, or have been discarded
        waiting = max(issuance.lines - left_out.lines, 0)
        return left_out + Buckets(lines=waiting, not_sent=waiting)
    return left_out + total(_buckets_of_group(row) for row in rows)


def _buckets_of_group(row: Mapping[str, Any]) -> Buckets:
    return buckets_of_batch(
        state=BatchState(row["state"]),
        size=row["people"],
        is_control=row["is_control"],
        maybe_sent=row["maybe_sent"],
        issued=row["issued"] if row["has_issued"] else None,
        failed=row["failed"],
        job_id="of the group" if row["has_job"] else None,
    )
