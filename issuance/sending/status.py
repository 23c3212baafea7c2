"""The status of an issuance, the status of a batch, and the summary that pages and commands show."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from issuance.ledger import Buckets, Group, as_group, buckets_of_issuance, groups_of
from issuance.models import Batch, Issuance
from issuance.sending import grace
from issuance.states import AT_WORK, BatchState, IssuanceState
from ui.status import Status

S, I = BatchState, IssuanceState  # noqa: E741


@dataclass(frozen=True, kw_only=True)
class IssuanceSummary:
    """The summary of an issuance. `jobs` are its batches that are, were or will be sent to Thanx.

    `waiting` of them are held until a user lets them go out, `stopped` are never sent. `unfinished`: the engine still
    has something to do. `starts_in`: what is left of the grace.
    """

    buckets: Buckets
    status: Status
    jobs: int
    waiting: int
    stopped: int
    unfinished: bool
    starts_in: timedelta | None


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
    S.STOPPED: Status.STOPPED,
}
"""The status that pages show for each state of a batch."""


def status_of_batch(*, state: BatchState, buckets: Buckets) -> Status:
    """Return the status of a batch."""
    if state == S.COMPLETED and buckets.failed:
        return Status.COMPLETED_WITH_FAILURES if buckets.issued else Status.FAILED
    return OF_BATCH[state]


def status_of(
    *,
    issuance: IssuanceState,
    batches: Collection[BatchState],
    buckets: Buckets,
    waits: bool = False,
    starts_soon: bool = False,
) -> Status:
    """Return the status of an issuance, for every combination of states.

    `batches` are the states of its kept batches. `waits`: some are held until a user lets them go out. `starts_soon`:
    the grace is not over.
    """
    if issuance != I.CONFIRMED:
        return _OF_DRAFT.get(issuance, Status.DRAFT)
    moving = {state for state in batches if state not in (S.HELD_BACK, S.DISCARDED)}
    for state, status in _MOST_URGENT_FIRST.items():
        if state in moving:
            return status
    if S.STOPPED in moving:
        return _status_after_stop(moving=moving, buckets=buckets)
    if waits:
        return Status.PAUSED
    if starts_soon and moving and moving <= {S.DRAFT, S.QUEUED}:
        return Status.STARTS_SOON
    return _status_of_moving(moving) or _status_at_the_end(moving=moving, buckets=buckets)


_OF_DRAFT: dict[IssuanceState, Status] = {
    I.WAITING_FOR_APPROVAL: Status.WAITING_FOR_APPROVAL,
    I.DISCARDED: Status.STOPPED,
}
_MOST_URGENT_FIRST: dict[BatchState, Status] = {
    S.NEEDS_ATTENTION: Status.NEEDS_YOU,
    S.REVOKE_QUEUED: Status.REVOKING,
    S.REVOKING: Status.REVOKING,
}
_BY_ITSELF: dict[BatchState, Status] = {
    S.DRAFT: Status.SENDING,
    S.QUEUED: Status.SENDING,
    S.SUBMITTING: Status.SENDING,
    S.WATCHING: Status.IN_PROGRESS,
}
"""The first of these states that any batch is in gives the status of the issuance."""


def _status_of_moving(moving: Collection[BatchState]) -> Status | None:
    if moving and set(moving) <= {S.DRAFT, S.QUEUED}:
        return Status.QUEUED
    return next((status for state, status in _BY_ITSELF.items() if state in moving), None)


def _status_after_stop(*, moving: Collection[BatchState], buckets: Buckets) -> Status:
    all_back = S.REVOKED in moving and not buckets.issued and not AT_WORK & set(moving)
    return Status.REVOKED if all_back else Status.STOPPED


def _status_at_the_end(*, moving: Collection[BatchState], buckets: Buckets) -> Status:
    if S.REVOKED in moving and not buckets.issued:
        return Status.REVOKED
    if buckets.failed or S.FAILED in moving:
        some_went = buckets.issued or (buckets.unknown and set(moving) != {S.FAILED})
        return Status.COMPLETED_WITH_FAILURES if some_went else Status.FAILED
    return Status.COMPLETED


def summaries(issuances: Iterable[Issuance], *, at: datetime) -> dict[int, IssuanceSummary]:
    """Return the summary of each issuance by its id, with one query however many there are."""
    issuances = list(issuances)
    groups: dict[int, list[Group]] = defaultdict(list)
    for group in groups_of([issuance.pk for issuance in issuances]):
        groups[group["issuance_id"]].append(group)
    return {issuance.pk: _summary(issuance, groups[issuance.pk], at=at) for issuance in issuances}


def summary_of(issuance: Issuance, batches: Collection[Batch], *, halted: bool, at: datetime) -> IssuanceSummary:
    """Return the summary of one issuance from its kept batches, without a query. `halted`: nothing may be sent."""
    return _summary(issuance, [{**as_group(batch), "halted": halted} for batch in batches], at=at)


def _summary(issuance: Issuance, groups: list[Group], *, at: datetime) -> IssuanceSummary:
    state = IssuanceState(issuance.state)
    buckets = buckets_of_issuance(issuance, groups)
    waiting = sum(group["number_of"] for group in groups if _waits(issuance, group))
    states = {BatchState(group["state"]) for group in groups}
    ahead = grace.starts_in(issuance, at=at)
    return IssuanceSummary(
        buckets=buckets,
        status=status_of(
            issuance=state, batches=states, buckets=buckets, waits=bool(waiting), starts_soon=ahead is not None
        ),
        jobs=sum(group["number_of"] for group in groups if group["state"] != S.HELD_BACK),
        waiting=waiting if state == I.CONFIRMED else 0,
        stopped=sum(group["number_of"] for group in groups if group["state"] == S.STOPPED),
        unfinished=state == I.READING or (state == I.CONFIRMED and any(_goes_on(issuance, each) for each in groups)),
        starts_in=ahead,
    )


def _waits(issuance: Issuance, group: Group) -> bool:
    """Whether these batches go out only when a user lets them."""
    if group["state"] != S.QUEUED:
        return False
    return bool(group["halted"] or (issuance.paused_at is not None and not group["maybe_sent"]))


def _goes_on(issuance: Issuance, group: Group) -> bool:
    """Whether the engine still has something to do for these batches. Those behind a canary wait for the canary."""
    follows = group["state"] == S.QUEUED and issuance.awaits_canary and not group["is_canary"]
    behind_canary = follows and not group["maybe_sent"]
    return group["state"] in AT_WORK and not behind_canary and not _waits(issuance, group)
