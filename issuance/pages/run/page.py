"""The page of a run: the figures of its jobs and arms, as of the latest news from Thanx."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from issuance.approvals.to_revoke import to_revoke
from issuance.followup.revocable import why_not_revoke
from issuance.jobs import failures
from issuance.jobs.problems import JobProblem
from issuance.ledger import Buckets
from issuance.models import Batch, Issuance, RevocationRequest, Upload
from issuance.pages.approval import asked_by
from issuance.pages.batches import segments_of
from issuance.pages.failures import what_was_done
from issuance.pages.links import IssuancePage, run_link
from issuance.pages.run import charts
from issuance.pages.run.arms import RunArm, RunJob, arms_of, is_stuck, job_of
from issuance.pages.run.controls import COMMAND_LINE, RunControls, controls_of
from issuance.pages.run.log import RunLogEntry, log_of
from issuance.pages.run.pace import Freshness, Pace, freshness_of
from issuance.pages.run.run_facts import RunFacts
from issuance.pages.run.sentences import pill_words, sentence_of
from issuance.sending.status import IssuanceSummary
from issuance.states import POLLED, BatchState
from ui.status import Status
from ui.values import BarRow, Chart, Link, Segment
from ui.wording import counted, listed

SLICES = 10
"""Screen readers announce every tenth that is done."""

NO_WORKER = "No worker has been heard from"
STUCK = "A job has not changed for ten minutes"

PASSING = frozenset({JobProblem.UNREACHABLE, JobProblem.RATE_LIMITED, JobProblem.UNANSWERED})


@dataclass(frozen=True, kw_only=True)
class JobTrouble:
    """A problem of some jobs, stated once for all of them."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class RunPage(IssuancePage):
    """The run. `version` is that of its facts."""

    summary: IssuanceSummary
    confirmed_by: str
    pill_words: str
    sentence: str
    pace: Pace
    freshness: Freshness | None
    foot: str
    file_name: str
    segments: Sequence[Segment]
    arms: Sequence[RunArm]
    over_time: Chart | None
    by_arm: Sequence[BarRow]
    log: Sequence[RunLogEntry]
    more_log: bool
    stuck: Sequence[RunJob]
    no_worker: bool
    asking: Sequence[RunJob]
    troubles: Sequence[JobTrouble]
    controls: RunControls
    later: Sequence[tuple[str, Sequence[Link]]]
    why_not_revoke: str
    revocation: RevocationRequest | None
    version: str

    @property
    def stuck_title(self) -> str:
        """Which jobs have not changed, in words."""
        jobs = self.stuck
        which = f"Job {jobs[0].batch.number} has" if len(jobs) == 1 else f"{len(jobs):,} jobs have"
        return f"{which} not changed for ten minutes"

    @property
    def stuck_text(self) -> str:
        """What Thanx reports of them, and what a user can do."""
        one = len(self.stuck) == 1
        each = "it read now, once a minute" if one else "each read now, once a minute, with the button beside it"
        return f"Thanx still reports {'it' if one else 'them'} as unfinished. You can have {each}."

    @property
    def spoken(self) -> str:
        """What screen readers announce: the status, every tenth that is done, and what holds the run up."""
        buckets = self.summary.buckets
        goes_on = self._done_so_far(buckets)
        status = f"{self.pill_words}. {goes_on if self.summary.unfinished else self.sentence}".rstrip()
        notice = self.controls.notice.title if self.controls.notice else ""
        held = [notice, NO_WORKER if self.no_worker else "", STUCK if self.stuck else ""]
        held += [f"Job {job.batch.number} needs your decision" for job in self.asking]
        held += [trouble.title for trouble in self.troubles]
        return " ".join([status, *(f"{words}." for words in held if words)])

    def _done_so_far(self, buckets: Buckets) -> str:
        if self.summary.status is Status.REVOKING:
            return f"{counted(buckets.revoked, 'reward is', 'rewards are')} revoked." if buckets.revoked else ""
        done = buckets.issued + buckets.failed + buckets.revoked
        tenths = SLICES * done // buckets.addressed if buckets.addressed else 0
        return f"{100 // SLICES * tenths} % done." if tenths else ""


def run_page(facts: RunFacts, *, whole_log: bool = False) -> RunPage:
    """Return the page from our own rows. Makes no call to Thanx."""
    issuance, batches, summary, at = facts.issuance, facts.batches, facts.summary, facts.at
    jobs = [job_of(batch, at=at) for batch in batches]
    arms = arms_of(issuance, jobs, at=at)
    upload: Upload | None = getattr(issuance, "upload", None)
    after = _after(issuance)
    log, more_log = log_of(issuance, after=after, everything=whole_log)
    return RunPage(
        issuance=issuance,
        summary=summary,
        confirmed_by=_confirmed_by(issuance),
        pill_words=pill_words(summary),
        file_name=upload.file_name if upload else "",
        sentence=sentence_of(summary=summary, states=_sent_states(batches), sharing=facts.sharing),
        pace=_ahead(facts.pace, at=at),
        freshness=freshness_of(batches, at=at),
        foot=_foot(issuance, summary),
        segments=segments_of(issuance, summary.buckets),
        arms=arms,
        over_time=None if summary.unfinished else charts.over_time(issuance, batches),
        by_arm=[] if summary.unfinished else _by_arm(arms),
        log=log,
        more_log=more_log,
        stuck=[job for job in jobs if is_stuck(job.batch, at=at)],
        no_worker=facts.no_worker,
        asking=[job for job in jobs if job.options],
        troubles=_troubles(jobs),
        controls=controls_of(issuance, batches, at=at),
        later=_later(issuance, after),
        why_not_revoke=why_not_revoke(batches),
        revocation=to_revoke.waiting(issuance),
        version=facts.version,
    )


def _after(issuance: Issuance) -> list[Issuance]:
    """Return the retries and reissues of an issuance, the oldest first. One query."""
    made = Q(parent=issuance) | Q(reissue_of=issuance)
    later = list(Issuance.objects.kept().filter(made).select_related("created_by").order_by("pk"))
    for each in later:
        each.merchant = issuance.merchant
    return later


def _later(issuance: Issuance, after: Sequence[Issuance]) -> list[tuple[str, Sequence[Link]]]:
    retries = [run_link(each, label=f"#{each.pk}") for each in after if each.parent_id == issuance.pk]
    reissues = [run_link(each, label=f"#{each.pk}") for each in after if each.reissue_of_id == issuance.pk]
    return [(words, links) for words, links in (("tried again as", retries), ("reissued as", reissues)) if links]


def _ahead(pace: Pace, *, at: datetime) -> Pace:
    """Return a pace without an end that has passed already."""
    return replace(pace, ends_at=None) if pace.ends_at and pace.ends_at < at else pace


def _confirmed_by(issuance: Issuance) -> str:
    by, asked_for_by = issuance.confirmed_by or COMMAND_LINE, asked_by(issuance)
    return f"{by}, asked for by {asked_for_by}" if asked_for_by else str(by)


def _foot(issuance: Issuance, summary: IssuanceSummary) -> str:
    foot = f"These add up to the {counted(summary.buckets.lines, 'line')} of the list."
    if not summary.buckets.failed:
        return foot
    tally = failures.total(group.tally for group in failures.groups(issuance))
    done = what_was_done(tally, failures.retried_in(issuance) if tally.retried else [])
    return f"{foot} Of the failures, {done}" if done else foot


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
    """Return the problems that need no decision, with Thanx's own words where it gave a reason."""
    alike: dict[str, list[int]] = {}
    for job in jobs:
        if job.happened and not job.options and not _only_late(job.batch):
            said = f" Thanx said: {job.batch.error_text}" if job.batch.error_text else ""
            alike.setdefault(f"{job.happened} {job.next}{said}", []).append(job.batch.number)
    return [JobTrouble(title=_title(numbers), text=text) for text, numbers in alike.items()]


def _only_late(batch: Batch) -> bool:
    """Whether a running job's latest poll failed for a passing reason: the page shows the age of its figures anyway."""
    return batch.state in POLLED and batch.error_code in PASSING


def _title(numbers: list[int]) -> str:
    few = len(numbers) <= 5  # noqa: PLR2004 - a longer list says less than its number
    named = listed([str(number) for number in sorted(numbers)])
    return f"Job{'' if len(numbers) == 1 else 's'} {named}" if few else counted(len(numbers), "job")
