"""The jobs and arms of a run, with their figures, each of which links to its guests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.models import Variant
from issuance import ledger
from issuance.jobs.problems import call_in, explained
from issuance.ledger import Buckets
from issuance.models import Batch, Issuance
from issuance.pages.batches import segments_of
from issuance.pages.run.pace import SEEN_BY, Freshness, freshness_of, next_look
from issuance.sending.decisions import DecisionOption, options
from issuance.sending.status import status_of_batch
from issuance.states import BatchState
from ui.status import Status, Tone
from ui.values import Segment

SHORT_ID, LONGEST_SHORT_ID = 8, 12
STUCK_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class RunJob:
    """One batch. `status` is None for controls that stay here.

    `done` of its recipients have an outcome; of a job that is being revoked, so many are revoked.
    """

    batch: Batch
    status: Status | None
    done: int
    tone: Tone
    buckets: Buckets
    seen_by: str
    next_at: datetime | None
    happened: str
    next: str
    options: Sequence[DecisionOption]
    can_be_checked: bool
    unseen: str
    short_id: str
    short_key: str


@dataclass(frozen=True, kw_only=True)
class RunArm:
    """The jobs of one variant. `segments` are its figures, each of which links to its guests."""

    variant: Variant
    buckets: Buckets
    segments: Sequence[Segment]
    freshness: Freshness | None
    jobs: Sequence[RunJob]


def job_of(batch: Batch, *, at: datetime) -> RunJob:
    """Return a batch as a row of the page."""
    state = BatchState(batch.state)
    buckets = ledger.buckets_of(batch)
    status = status_of_batch(state=state, buckets=buckets)
    problem = explained(batch.error_code, call=call_in(state))
    return RunJob(
        batch=batch,
        status=None if state == BatchState.HELD_BACK else status,
        done=buckets.revoked if status is Status.REVOKING else buckets.issued + buckets.failed + buckets.revoked,
        tone=Tone.DANGER if status is Status.FAILED else Tone.SUCCESS,
        buckets=buckets,
        seen_by=SEEN_BY.get(batch.seen_by, batch.seen_by),
        next_at=next_look(batch, at=at),
        happened=problem.happened if problem else "",
        next=problem.todo if problem else "",
        options=options(batch),
        can_be_checked=state in (BatchState.WATCHING, BatchState.REVOKING),
        unseen=_unseen(batch),
        short_id=_short(batch.job_id),
        short_key=_short(str(batch.idempotency_key or "")),
    )


def _unseen(batch: Batch) -> str:
    """Return the words for a job of which Thanx has said nothing yet."""
    if batch.maybe_sent:
        return "no answer yet"
    return "not sent" if batch.state == BatchState.STOPPED else "not sent yet"


def _short(text: str | None) -> str:
    """Return the beginning of an id, enough to recognise it on a page; a button beside it copies the whole."""
    return text if text and len(text) <= LONGEST_SHORT_ID else f"{(text or '')[:SHORT_ID]}…"


def is_stuck(batch: Batch, *, at: datetime) -> bool:
    """Whether a job has not changed for so long that the page should say so."""
    since = batch.changed_at or batch.submitted_at
    return batch.state in (BatchState.WATCHING, BatchState.REVOKING) and since is not None and since < at - STUCK_AFTER


def arms_of(issuance: Issuance, jobs: Sequence[RunJob], *, at: datetime) -> list[RunArm]:
    """Return the jobs of an issuance by their arms, in the order of the jobs."""
    arms: dict[Variant, list[RunJob]] = {}
    for job in jobs:
        arms.setdefault(job.batch.variant, []).append(job)
    return [_arm(issuance, variant, rows, at=at) for variant, rows in arms.items()]


def _arm(issuance: Issuance, variant: Variant, jobs: Sequence[RunJob], *, at: datetime) -> RunArm:
    buckets = ledger.total(job.buckets for job in jobs)
    return RunArm(
        variant=variant,
        buckets=buckets,
        segments=segments_of(issuance, buckets, arm=variant.pk),
        freshness=freshness_of([job.batch for job in jobs], at=at),
        jobs=jobs,
    )
