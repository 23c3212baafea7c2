"""The page of a run: where everybody is, job by job, as of what we last heard."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from campaigns.models import Halt
from engine import heartbeat
from issuance.followup import revocation_approvals
from issuance.followup.revocable import why_not_revoke
from issuance.jobs import failures
from issuance.jobs.problems import JobProblem
from issuance.models import Batch, Issuance, RevocationRequest, Upload
from issuance.pages.approval import asked_by
from issuance.pages.batches import segments_of
from issuance.pages.failures import what_was_done
from issuance.pages.run import charts
from issuance.pages.run import log as runlog
from issuance.pages.run.arms import RunArm, RunJob, arms_of, is_stuck, job_of
from issuance.pages.run.controls import RunControls, controls_of
from issuance.pages.run.log import RunLogEntry
from issuance.pages.run.pace import Freshness, Pace, freshness_of, next_look, pace_of
from issuance.pages.run.sentences import sentence_of
from issuance.sending import grace, status
from issuance.sending.status import Summary
from issuance.states import POLLED, BatchState
from ui.status import Status
from ui.values import BarRow, Chart, Segment
from ui.wording import clock, counted, listed

SLICES = 10
"""Screen readers are told of every tenth that is done."""

PASSING = frozenset({JobProblem.UNREACHABLE, JobProblem.RATE_LIMITED, JobProblem.UNANSWERED})


@dataclass(frozen=True, kw_only=True)
class JobTrouble:
    """What holds up some jobs, or ended them: told once for all of them."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """The run. `version` changes with what is shown, so that an unchanged region is not sent again.

    `spoken` is what screen readers are told when it changes: the state, every tenth, and what holds it up.
    """

    issuance: Issuance
    summary: Summary
    asked_by: str
    pill_words: str
    sentence: str
    spoken: str
    pace: Pace
    freshness: Freshness | None
    done: str
    file_name: str
    segments: Sequence[Segment]
    arms: Sequence[RunArm]
    over_time: Chart | None
    by_arm: Sequence[BarRow]
    log: Sequence[RunLogEntry]
    more_log: bool
    stuck: Sequence[RunJob]
    nobody_works: bool
    asking: Sequence[RunJob]
    troubles: Sequence[JobTrouble]
    brakes: RunControls
    retries: Sequence[Issuance]
    reissues: Sequence[Issuance]
    why_not_revoke: str
    revocation: RevocationRequest | None
    version: str


def version_of(issuance: Issuance, batches: Sequence[Batch], *, halts: Sequence[Halt], at: datetime) -> str:
    """Return what changes when the page would look different. Relative times do not count: the browser tells those.

    While it counts down to the first call, every look differs.
    """
    ahead = grace.starts_in(issuance, at=at)
    held = (ahead, issuance.paused_at, issuance.stopped_at, issuance.awaits_canary, [halt.pk for halt in halts])
    facts = [
        (batch.number, batch.state, batch.issued_count, batch.failed_count, batch.seen_at, batch.due_at, batch.attempts)
        for batch in batches
    ]
    summary = status.summary_of(issuance, batches, halted=bool(halts), at=at)
    ends_at = pace_of(summary, batches).ends_at
    by_time = [(is_stuck(batch, at=at), next_look(batch, at=at) is None) for batch in batches]
    by_time.append((_nobody_works(summary, at=at), ends_at is not None and ends_at < at))
    return hashlib.blake2b(repr((held, facts, by_time)).encode(), digest_size=8).hexdigest()


def _nobody_works(summary: Summary, *, at: datetime) -> bool:
    return summary.unfinished and not heartbeat.is_worker_alive(at=at)


def run_page(
    issuance: Issuance, batches: Sequence[Batch], *, halts: Sequence[Halt], at: datetime, whole_log: bool = False
) -> RunPage:
    """Return the page from our own rows: looking at it calls nobody. `halts` are those in force for the merchant."""
    summary = status.summary_of(issuance, batches, halted=bool(halts), at=at)
    jobs = [job_of(batch, at=at) for batch in batches]
    arms = arms_of(issuance, jobs, at=at)
    upload: Upload | None = getattr(issuance, "upload", None)
    after = _after(issuance)
    log, more_log = runlog.entries(issuance, after=after, everything=whole_log)
    shown = RunPage(
        issuance=issuance,
        summary=summary,
        asked_by=asked_by(issuance),
        pill_words=_pill_words(summary),
        file_name=upload.file_name if upload else "",
        sentence=sentence_of(summary=summary, states=_sent_states(batches)),
        spoken="",
        pace=_ahead(pace_of(summary, batches), at=at),
        freshness=freshness_of(batches, at=at),
        done=_what_was_done(issuance) if summary.buckets.failed else "",
        segments=segments_of(issuance, summary.buckets),
        arms=arms,
        over_time=None if summary.unfinished else charts.over_time(issuance, batches),
        by_arm=[] if summary.unfinished else _by_arm(arms),
        log=log,
        more_log=more_log,
        stuck=[job for job in jobs if is_stuck(job.batch, at=at)],
        nobody_works=_nobody_works(summary, at=at),
        asking=[job for job in jobs if job.options],
        troubles=_troubles(jobs),
        brakes=controls_of(issuance, batches, at=at),
        retries=[each for each in after if each.parent_id == issuance.pk],
        reissues=[each for each in after if each.reissue_of_id == issuance.pk],
        why_not_revoke=why_not_revoke(batches),
        revocation=revocation_approvals.waiting_for(issuance),
        version=version_of(issuance, batches, halts=halts, at=at),
    )
    return replace(shown, spoken=_spoken(shown))


def _after(issuance: Issuance) -> list[Issuance]:
    """Return what was made of an issuance, the first one first: its retries and its reissues. One query."""
    made = Q(parent=issuance) | Q(reissue_of=issuance)
    return list(Issuance.objects.kept().filter(made).select_related("created_by").order_by("pk"))


def _ahead(pace: Pace, *, at: datetime) -> Pace:
    """Leave out a forecast that did not come true."""
    return replace(pace, ends_at=None) if pace.ends_at and pace.ends_at < at else pace


def _what_was_done(issuance: Issuance) -> str:
    tally = failures.total(group.tally for group in failures.groups(issuance))
    return what_was_done(tally, failures.retried_in(issuance) if tally.retried else {})


def _spoken(page: RunPage) -> str:
    buckets = page.summary.buckets
    done = buckets.issued + buckets.failed + buckets.revoked
    tenths = SLICES * done // buckets.addressed if buckets.addressed else 0
    goes_on = f"{100 // SLICES * tenths} % done." if tenths else ""
    told = f"{page.pill_words}. {goes_on if page.summary.unfinished else page.sentence}".rstrip()
    notice = page.brakes.notice.title if page.brakes.notice else ""
    held = [notice, NOBODY_WORKS if page.nobody_works else "", STUCK if page.stuck else ""]
    held += [f"Job {job.batch.number} needs your decision" for job in page.asking]
    held += [trouble.title for trouble in page.troubles]
    return " ".join([told, *(f"{words}." for words in held if words)])


NOBODY_WORKS = "No worker has been heard from"
STUCK = "A job has not changed for ten minutes"


def _sent_states(batches: Sequence[Batch]) -> list[BatchState]:
    return [BatchState(batch.state) for batch in batches if batch.state != BatchState.HELD_BACK]


def _by_arm(arms: Sequence[RunArm]) -> list[BarRow]:
    rewards = [arm.variant.reward_template for arm in arms]
    return charts.by_arm(
        [
            (arm.variant.name, reward.name if reward else "", arm.buckets)
            for arm, reward in zip(arms, rewards, strict=True)
        ]
    )


def _troubles(jobs: Sequence[RunJob]) -> list[JobTrouble]:
    """Return what a person need not decide, but should know. What Thanx said comes with it, in its own words."""
    alike: dict[str, list[int]] = {}
    for job in jobs:
        if job.happened and not job.options and not _only_late(job.batch):
            said = f" Thanx said: {job.batch.error_text}" if job.batch.error_text else ""
            alike.setdefault(f"{job.happened} {job.next}{said}", []).append(job.batch.number)
    return [JobTrouble(title=_title(numbers), text=text) for text, numbers in alike.items()]


def _only_late(batch: Batch) -> bool:
    """Whether a running job's latest reading did not succeed: how old the one before is stands beside it already."""
    return batch.state in POLLED and batch.error_code in PASSING


def _title(numbers: list[int]) -> str:
    few = len(numbers) <= 5  # noqa: PLR2004 - a longer list says less than its number
    named = listed([str(number) for number in sorted(numbers)])
    return f"Job{'' if len(numbers) == 1 else 's'} {named}" if few else counted(len(numbers), "job")


def _pill_words(summary: Summary) -> str:
    label, failed = summary.status.label, summary.buckets.failed
    if summary.status == Status.REVOKED:
        return f"{label} {summary.buckets.revoked:,}"
    if summary.status == Status.STARTS_SOON and summary.starts_in is not None:
        return f"Starts in {clock(summary.starts_in)}"
    if summary.status == Status.COMPLETED_WITH_FAILURES and failed:
        return f"{label} ({failed:,})"
    unsent = {Status.PAUSED: summary.waiting, Status.STOPPED: summary.stopped}.get(summary.status)
    return label if unsent is None else f"{label} after {summary.jobs - unsent:,} of {counted(summary.jobs, 'job')}"
