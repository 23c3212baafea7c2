"""The page of a run: where everybody is, job by job, as of what we last heard."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from campaigns.models import Halt, Variant
from campaigns.shapes import BarRow, Chart, Segment
from campaigns.words import Status, Tone
from engine import heartbeat
from issuance import ledger, standing
from issuance.attention import Option, options
from issuance.ledger import Buckets
from issuance.models import Batch, Issuance, Upload
from issuance.pages import pictures, runlog
from issuance.pages.brakes import Brakes, brakes_of
from issuance.pages.places import filtered_place, place
from issuance.pages.runlog import Entry
from issuance.pages.sentences import sentence_of
from issuance.pages.wording import counted, listed
from issuance.problems import Problem, attempt_at, words_of
from issuance.standing import Summary
from issuance.states import AT_WORK, POLLED, REVOCABLE, BatchState

ALWAYS_SHOWN = ("Issued", "Failed")
SHORT_ID, LONGEST_SHORT_ID = 8, 12
STUCK_AFTER = timedelta(minutes=10)
FRESHNESS = timedelta(seconds=10)
"""How old the "22 s ago" of an otherwise unchanged page may become before it is drawn again."""

PASSING = frozenset({Problem.UNREACHABLE, Problem.RATE_LIMITED, Problem.UNANSWERED})
SEEN_BY = {"answer": "answered", "poll": "polled", "webhook": "webhook"}
"""How a job's latest news came, in a word."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One batch: `done` of its recipients have an outcome. `status` is None for controls that stay here."""

    batch: Batch
    status: Status | None
    done: int
    buckets: Buckets
    seen_by: str
    next_at: datetime | None
    happened: str
    next: str
    options: Sequence[Option]
    can_be_checked: bool
    short_id: str
    short_key: str


@dataclass(frozen=True, kw_only=True)
class Arm:
    """The jobs of one variant."""

    variant: Variant
    buckets: Buckets
    jobs: Sequence[Job]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What holds up some jobs, or ended them: told once for all of them."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """The run. `version` changes with what is shown, so that an unchanged region is not sent again."""

    issuance: Issuance
    summary: Summary
    pill_words: str
    sentence: str
    file_name: str
    segments: Sequence[Segment]
    arms: Sequence[Arm]
    over_time: Chart | None
    by_arm: Sequence[BarRow]
    log: Sequence[Entry]
    more_log: bool
    stuck: bool
    nobody_works: bool
    asking: Sequence[Job]
    troubles: Sequence[Trouble]
    brakes: Brakes
    retries: Sequence[Issuance]
    why_not_revoke: str
    version: str


def batches_of(issuance: Issuance) -> list[Batch]:
    """Return the batches of an issuance with what is shown of them. One query."""
    rows = Batch.objects.kept().filter(issuance=issuance).select_related("variant__reward_template")
    return list(rows.order_by("variant__position", "number"))


def version_of(issuance: Issuance, batches: Sequence[Batch], *, halts: Sequence[Halt], at: datetime) -> str:
    """Return what changes when the page would look different; relative times count every ten seconds."""
    held = (issuance.paused_at, issuance.stopped_at, issuance.awaits_canary, [halt.pk for halt in halts])
    facts = [
        (batch.number, batch.state, batch.issued_count, batch.failed_count, batch.seen_at, batch.due_at, batch.attempts)
        for batch in batches
    ]
    age = int(at.timestamp() / FRESHNESS.total_seconds())
    return hashlib.blake2b(repr((age, held, facts)).encode(), digest_size=8).hexdigest()


def run_page(
    issuance: Issuance, batches: Sequence[Batch], *, halts: Sequence[Halt], at: datetime, whole_log: bool = False
) -> RunPage:
    """Return the page from our own rows: looking at it calls nobody. `halts` are those in force for the merchant."""
    summary = standing.summary_of(issuance, batches, halted=bool(halts))
    jobs = [job_of(batch) for batch in batches]
    arms = _arms(jobs)
    upload: Upload | None = getattr(issuance, "upload", None)
    log, more_log = runlog.entries(issuance, everything=whole_log)
    return RunPage(
        issuance=issuance,
        summary=summary,
        pill_words=_pill_words(summary),
        file_name=upload.file_name if upload else "",
        sentence=sentence_of(summary=summary, states=_sent_states(batches)),
        segments=segments_of(issuance, summary.buckets),
        arms=arms,
        over_time=None if summary.unfinished else pictures.over_time(issuance, batches),
        by_arm=[] if summary.unfinished else _by_arm(arms),
        log=log,
        more_log=more_log,
        stuck=any(is_stuck(batch, at=at) for batch in batches),
        nobody_works=summary.unfinished and not heartbeat.somebody_works(at=at),
        asking=[job for job in jobs if job.options],
        troubles=_troubles(jobs),
        brakes=brakes_of(issuance, batches),
        retries=list(issuance.retries.kept()),
        why_not_revoke=why_not_revoke(batches),
        version=version_of(issuance, batches, halts=halts, at=at),
    )


def job_of(batch: Batch) -> Job:
    """Return a batch as a row of the page."""
    state = BatchState(batch.state)
    buckets = ledger.buckets_of(batch)
    words = words_of(batch.error_code, attempt=attempt_at(state))
    return Job(
        batch=batch,
        status=None if state == BatchState.HELD_BACK else standing.status_of_batch(state=state, buckets=buckets),
        done=buckets.issued + buckets.failed + buckets.revoked,
        buckets=buckets,
        seen_by=SEEN_BY.get(batch.seen_by, batch.seen_by),
        next_at=batch.due_at if state in POLLED and batch.lease_token is None else None,
        happened=words.happened if words else "",
        next=words.next if words else "",
        options=options(batch),
        can_be_checked=state in (BatchState.WATCHING, BatchState.REVOKING),
        short_id=_short(batch.job_id),
        short_key=_short(str(batch.idempotency_key or "")),
    )


def _short(text: str | None) -> str:
    """Return as much of an id as tells it from others on a page; a button beside it copies the whole."""
    return text if text and len(text) <= LONGEST_SHORT_ID else f"{(text or '')[:SHORT_ID]}…"


def segments_of(issuance: Issuance, buckets: Buckets) -> list[Segment]:
    """Return the bar of a run, in the order in which people move through it. It sums to the lines of the file."""
    of = partial(filtered_place, issuance)
    every = [
        Segment(label="Issued", count=buckets.issued, tone=Tone.SUCCESS, href=of(outcome="issued")),
        Segment(label="Failed", count=buckets.failed, tone=Tone.DANGER, href=place("failures", issuance)),
        Segment(label="Unknown", count=buckets.unknown, tone=Tone.WARNING, href=of(outcome="unknown")),
        Segment(label="Revoked", count=buckets.revoked, tone=Tone.NEUTRAL, href=of(outcome="revoked")),
        Segment(label="In progress", count=buckets.in_progress, tone=Tone.INFO, href=of(outcome="in_progress")),
        Segment(label="Not sent", count=buckets.not_sent, tone=Tone.FAINT, href=of(outcome="not_sent")),
        Segment(label="Held back", count=buckets.held_back, tone=Tone.ACCENT, href=of(outcome="held_back")),
        Segment(label="Left out", count=buckets.left_out_total, tone=Tone.NEUTRAL, href=place("left-out", issuance)),
    ]
    shown = [segment for segment in every if segment.count or segment.label in ALWAYS_SHOWN]
    return [segment if segment.count else replace(segment, href="") for segment in shown]


def is_stuck(batch: Batch, *, at: datetime) -> bool:
    """Whether a job has brought no news for so long that a person should know."""
    since = batch.changed_at or batch.submitted_at
    return batch.state in (BatchState.WATCHING, BatchState.REVOKING) and since is not None and since < at - STUCK_AFTER


def why_not_revoke(batches: Sequence[Batch]) -> str:
    """Return why nothing can be revoked now, empty when something can."""
    if any(can_be_revoked(batch) for batch in batches):
        return ""
    states = {BatchState(batch.state) for batch in batches if not batch.is_control}
    if states & {BatchState.REVOKE_QUEUED, BatchState.REVOKING}:
        return "It is being revoked already."
    if BatchState.REVOKED in states:
        return "It is revoked already."
    if states & AT_WORK:
        return "Rewards can be revoked once a job has completed."
    return "Nothing was issued that could be revoked."


def can_be_revoked(batch: Batch) -> bool:
    """Whether Thanx would revoke this job and there is anything to revoke. Where counts are unknown, there may be."""
    return batch.state in REVOCABLE and not batch.is_control and batch.issued_count != 0


def _sent_states(batches: Sequence[Batch]) -> list[BatchState]:
    return [BatchState(batch.state) for batch in batches if batch.state != BatchState.HELD_BACK]


def _arms(jobs: Sequence[Job]) -> list[Arm]:
    arms: dict[Variant, list[Job]] = {}
    for job in jobs:
        arms.setdefault(job.batch.variant, []).append(job)
    return [
        Arm(variant=variant, buckets=ledger.total(job.buckets for job in rows), jobs=rows)
        for variant, rows in arms.items()
    ]


def _by_arm(arms: Sequence[Arm]) -> list[BarRow]:
    rewards = [arm.variant.reward_template for arm in arms]
    return pictures.by_arm(
        [
            (arm.variant.name, reward.name if reward else "", arm.buckets)
            for arm, reward in zip(arms, rewards, strict=True)
        ]
    )


def _troubles(jobs: Sequence[Job]) -> list[Trouble]:
    """Return what a person need not decide, but should know. What Thanx said comes with it, in its own words."""
    alike: dict[str, list[int]] = {}
    for job in jobs:
        if job.happened and not job.options and not _only_late(job.batch):
            said = f" Thanx said: {job.batch.error_text}" if job.batch.error_text else ""
            alike.setdefault(f"{job.happened} {job.next}{said}", []).append(job.batch.number)
    return [Trouble(title=_title(numbers), text=text) for text, numbers in alike.items()]


def _only_late(batch: Batch) -> bool:
    """Whether a running job's latest reading did not succeed: how old the one before is stands beside it already."""
    return batch.state in POLLED and batch.error_code in PASSING


def _title(numbers: list[int]) -> str:
    few = len(numbers) <= 5  # noqa: PLR2004 - a longer list says less than its number
    named = listed([str(number) for number in sorted(numbers)])
    return f"Job{'' if len(numbers) == 1 else 's'} {named}" if few else counted(len(numbers), "job")


def _pill_words(summary: Summary) -> str:
    label, failed = summary.status.label, summary.buckets.failed
    if summary.status == Status.COMPLETED_WITH_FAILURES and failed:
        return f"{label} ({failed:,})"
    unsent = {Status.PAUSED: summary.waiting, Status.STOPPED: summary.stopped}.get(summary.status)
    return label if unsent is None else f"{label} after {summary.jobs - unsent:,} of {counted(summary.jobs, 'job')}"
