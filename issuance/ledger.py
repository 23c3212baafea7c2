"""The ledger of an issuance: every line of its file is in exactly one bucket, at every moment.

`lines = left out + held back + not sent + in progress + issued + failed + unknown + revoked`. The counts come from the
counters of the batches, never from counting recipients.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Case, Count, QuerySet, Sum, Value, When

from campaigns.models import halted
from issuance.models import Batch, Issuance
from issuance.states import DIVIDED, BatchState, IssuanceState

S, I = BatchState, IssuanceState  # noqa: E741


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """How many lines of an issuance, or recipients of a batch, are in each bucket. `left_out` is by reason."""

    lines: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    held_back: int = 0
    not_sent: int = 0
    in_progress: int = 0
    issued: int = 0
    failed: int = 0
    unknown: int = 0
    revoked: int = 0

    def __add__(self, other: "Buckets") -> "Buckets":
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


# The buckets for each state of a batch: of recipients that Thanx counts as issued, as failed, and not at all.
_PLACES: dict[BatchState, tuple[str, str, str]] = {
    S.DRAFT: ("not_sent", "not_sent", "not_sent"),
    S.DISCARDED: ("not_sent", "not_sent", "not_sent"),
    S.HELD_BACK: ("not_sent", "not_sent", "not_sent"),
    S.QUEUED: ("not_sent", "not_sent", "not_sent"),
    S.SUBMITTING: ("in_progress", "in_progress", "in_progress"),
    S.WATCHING: ("issued", "failed", "in_progress"),
    S.COMPLETED: ("issued", "failed", "unknown"),
    S.FAILED: ("issued", "failed", "unknown"),
    S.STOPPED: ("not_sent", "not_sent", "not_sent"),
    S.REFUSED: ("failed", "failed", "failed"),
    S.NEEDS_ATTENTION: ("not_sent", "not_sent", "not_sent"),
    S.REVOKE_QUEUED: ("issued", "failed", "unknown"),
    S.REVOKING: ("issued", "failed", "unknown"),
    S.REVOKED: ("revoked", "failed", "revoked"),
}
_IN_DOUBT: dict[BatchState, tuple[str, str, str]] = {
    S.QUEUED: ("unknown", "unknown", "unknown"),  # an earlier attempt had no readable answer
    S.NEEDS_ATTENTION: ("issued", "failed", "unknown"),
}
_NO_FURTHER_REWARD = frozenset({S.FAILED, S.REVOKE_QUEUED, S.REVOKING, S.REVOKED})
"""A failed job issues no further reward, whether it is revoked afterwards or not. But only its final counts say how
many it has issued: until then, a recipient that is not counted may have got one."""


def buckets_of_batch(
    *,
    state: BatchState,
    size: int,
    is_control: bool,
    maybe_sent: bool,
    issued: int | None,
    failed: int | None,
    job_id: str | None,
    is_final: bool,
) -> Buckets:
    """Return the buckets of a batch. Counts that exceed its size are cut: the sum is always `size`.

    Controls are held back in every state: a control that is registered at Thanx gets no reward. `is_final`: Thanx has
    said all that it ever will about who got a reward.
    """
    if is_control:
        return Buckets(lines=size, held_back=size)
    no_further = is_final and issued is not None and state in _NO_FURTHER_REWARD
    if state == S.REVOKED and not no_further:  # without final counts: after the revocation no guest has a reward
        issued = size - min(failed or 0, size)
    got = min(issued or 0, size)
    missed = min(failed or 0, size - got)
    in_doubt = maybe_sent or job_id is not None
    places = _IN_DOUBT.get(state, _PLACES[state]) if in_doubt else _PLACES[state]
    of_rest = "failed" if no_further else places[2]
    parts = ((places[0], got), (places[1], missed), (of_rest, size - got - missed))
    return total([Buckets(lines=size), *(Buckets(**{place: amount}) for place, amount in parts)])  # type: ignore[arg-type]


def buckets_of(batch: Batch) -> Buckets:
    """Return the buckets of a batch row."""
    return buckets_of_batch(
        state=BatchState(batch.state),
        size=batch.size,
        is_control=batch.is_control,
        maybe_sent=batch.maybe_sent,
        issued=batch.issued_count,
        failed=batch.failed_count,
        job_id=batch.job_id,
        is_final=batch.failures_listed,
    )


def total(parts: Iterable[Buckets]) -> Buckets:
    """Return the sum of buckets."""
    return reduce(add, parts, Buckets())


# --- Batches in groups ---------------------------------------------------------------------------------------

Group = Mapping[str, Any]
"""Batches that the ledger treats alike: what they have in common, their number, and the sums of their counters."""


def as_group(batch: Batch) -> Group:
    """Return one batch as a group of its own."""
    return {
        "state": batch.state,
        "is_control": batch.is_control,
        "maybe_sent": batch.maybe_sent,
        "is_canary": batch.is_canary,
        "has_job": batch.job_id is not None,
        "has_issued": batch.issued_count is not None,
        "failures_listed": batch.failures_listed,
        "number_of": 1,
        "people": batch.size,
        "issued": batch.issued_count,
        "failed": batch.failed_count,
    }


def buckets_of_all() -> Buckets:
    """Return the buckets of all confirmed issuances together. One query."""
    confirmed = Batch.objects.kept().filter(issuance__state=I.CONFIRMED)
    return total(_buckets_of_group(row) for row in _grouped(confirmed))


def buckets_by_variant(batches: QuerySet[Batch]) -> dict[int, Buckets]:
    """Return the buckets of these batches by the key of their variant. One query."""
    found: dict[int, Buckets] = {}
    for row in _grouped(batches, "variant_id"):
        found[row["variant_id"]] = found.get(row["variant_id"], Buckets()) + _buckets_of_group(row)
    return found


def groups_of(issuance_ids: Iterable[int]) -> Iterable[Group]:
    """Return the kept batches of issuances in groups. One query. `halted`: nothing may be sent."""
    batches = Batch.objects.kept().filter(issuance__in=issuance_ids)
    return _grouped(batches.annotate(halted=halted("issuance__merchant")), "issuance_id", "is_canary", "halted")


def _grouped(batches: QuerySet[Batch], *by: str) -> Iterable[Group]:
    # Within a group the rules of buckets_of_batch are linear, so the sums may be treated as one large batch.
    rows: Iterable[Group] = (
        batches.order_by()
        .annotate(has_job=_known("job_id"), has_issued=_known("issued_count"))
        .values(*by, "state", "is_control", "maybe_sent", "failures_listed", "has_job", "has_issued")
        .annotate(number_of=Count("pk"), people=Sum("size"), issued=Sum("issued_count"), failed=Sum("failed_count"))
    )
    return rows


def _known(column: str) -> Case:
    return Case(When(**{f"{column}__isnull": False}, then=Value(value=True)), default=Value(value=False))


def buckets_of_issuance(issuance: Issuance, groups: Iterable[Group]) -> Buckets:
    """Return the buckets of an issuance, from the groups of its batches."""
    left_out = Buckets(lines=issuance.left_out_total, left_out=dict(issuance.left_out))
    if issuance.state not in DIVIDED:  # its batches are being made, or are discarded
        waiting = max(issuance.lines - left_out.lines, 0)
        return left_out + Buckets(lines=waiting, not_sent=waiting)
    return left_out + total(_buckets_of_group(group) for group in groups)


def _buckets_of_group(row: Group) -> Buckets:
    return buckets_of_batch(
        state=BatchState(row["state"]),
        size=row["people"],
        is_control=row["is_control"],
        maybe_sent=row["maybe_sent"],
        issued=row["issued"] if row["has_issued"] else None,
        failed=row["failed"],
        job_id="of the group" if row["has_job"] else None,
        is_final=row["failures_listed"],
    )
