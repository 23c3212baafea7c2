"""Why an issuance is waiting, paused or stopped, and the buttons that change that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from issuance.jobs import failure_brake
from issuance.models import Batch, Issuance, PauseReason
from issuance.pages.batches import is_unsent, is_waiting
from issuance.pages.links import place
from issuance.sending import grace
from issuance.states import BatchState
from ui.status import Tone
from ui.wording import counted

COMMAND_LINE = "the command line"


@dataclass(frozen=True, kw_only=True)
class RunNotice:
    """The notice above the buttons."""

    tone: str
    title: str
    text: str
    means: str = ""
    todo: str = ""
    href: str = ""
    action: str = ""


@dataclass(frozen=True, kw_only=True)
class RunControls:
    """What a user can do with the jobs that were not sent, and what was done already."""

    notice: RunNotice | None
    can_start: bool
    can_pause: bool
    can_resume: bool
    can_stop: bool

    @property
    def any(self) -> bool:
        """Whether there is any button."""
        return self.can_start or self.can_pause or self.can_resume or self.can_stop


def controls_of(issuance: Issuance, batches: Sequence[Batch], *, at: datetime) -> RunControls:
    """Return the controls of an issuance, without a query."""
    waiting = [batch for batch in batches if is_waiting(batch)]
    goes_out = issuance.stopped_at is None
    ahead = grace.starts_in(issuance, at=at) is not None and issuance.paused_at is None and bool(waiting)
    return RunControls(
        notice=_put_off(waiting) if ahead else _notice(issuance, batches, waiting),
        can_start=ahead,
        can_pause=goes_out and bool(waiting) and issuance.paused_at is None and not ahead,
        can_resume=goes_out and issuance.paused_at is not None,
        can_stop=goes_out and any(is_unsent(batch) for batch in batches),
    )


def jobs_and_guests(batches: Sequence[Batch]) -> str:
    """Return jobs and guests in words: "3 jobs with 1,800 guests"."""
    guests = counted(sum(batch.size for batch in batches), "guest")
    return f"{counted(len(batches), 'job')} with {guests}"


def _notice(issuance: Issuance, batches: Sequence[Batch], waiting: Sequence[Batch]) -> RunNotice | None:
    if issuance.stopped_at is not None:
        return _stopped(issuance, [batch for batch in batches if batch.state == BatchState.STOPPED])
    if issuance.pause_reason == PauseReason.FAILURES:
        return _alarmed(issuance, batches, waiting)
    if issuance.paused_at is not None:
        return _paused(issuance, waiting)
    return _behind_canary(batches, waiting) if issuance.awaits_canary else None


def _put_off(waiting: Sequence[Batch]) -> RunNotice:
    return RunNotice(
        tone=Tone.INFO.value,
        title="There is still time to stop",
        text=f"{jobs_and_guests(waiting)} {_wait(waiting)} a moment before the first call to Thanx,"
        " which you need not watch.",
        todo="If something is wrong, stop it now: then nothing is sent to any guest.",
    )


def _stopped(issuance: Issuance, stopped: Sequence[Batch]) -> RunNotice:
    never = "was" if len(stopped) == 1 else "were"
    return RunNotice(
        tone=Tone.NEUTRAL.value,
        title=f"Stopped by {issuance.stopped_by or COMMAND_LINE}",
        text=f"{jobs_and_guests(stopped)} {never} not sent, and this issuance never sends them.",
        todo="To send to these guests after all, download them and add that file as a new issuance of this campaign."
        " Everybody keeps their group. The whole file would reach those again who have their reward.",
        href=place("not-sent-csv", issuance),
        action="Download CSV",
    )


def _paused(issuance: Issuance, waiting: Sequence[Batch]) -> RunNotice:
    rest = f"{jobs_and_guests(waiting)} {_wait(waiting)}." if waiting else "Every job had been sent already."
    return RunNotice(
        tone=Tone.WARNING.value,
        title=f"Paused by {issuance.paused_by or COMMAND_LINE}",
        text=f"{rest} What had begun before runs on.",
        todo="Resume to send the rest, or stop to leave it unsent.",
    )


def _alarmed(issuance: Issuance, batches: Sequence[Batch], waiting: Sequence[Batch]) -> RunNotice:
    failed = [batch for batch in batches if failure_brake.went_well(batch) is False]
    return RunNotice(
        tone=Tone.WARNING.value,
        title=_cause(failed),
        text=f"From {settings.PAUSE_AT_FAILURE_PERCENT} % on, no further job is sent before a user has looked.",
        means=f"{jobs_and_guests(waiting)} {_wait(waiting)}. Nothing has been sent to them.",
        todo="See the failures. Resume if they are what you expected; it does not pause for them again."
        " Stop if the list or the reward is wrong.",
        href=place("failures", issuance),
        action="See the failures",
    )


def _cause(failed: Sequence[Batch]) -> str:
    if not failed:
        return "Paused, since many guests of one job seemed to fail"
    known = [batch for batch in failed if failure_brake.failures_of(batch) is not None]
    if not known:
        return "Paused: how the first job went is not known"
    worst = max(known, key=lambda batch: (failure_brake.failures_of(batch) or 0) / batch.size)
    if worst.state == BatchState.FAILED and worst.issued_count is None:
        return f"Paused: job {worst.number} failed at Thanx"
    number = failure_brake.failures_of(worst) or 0
    return f"Paused: {number:,} of {counted(worst.size, 'guest')} of job {worst.number} got no reward"


def _behind_canary(batches: Sequence[Batch], waiting: Sequence[Batch]) -> RunNotice | None:
    canary = next((batch for batch in batches if batch.is_canary), None)
    behind = [batch for batch in waiting if not batch.is_canary]
    if canary is None or not behind:
        return None
    condition = f"once it has completed with fewer than {settings.PAUSE_AT_FAILURE_PERCENT} % failures"
    return RunNotice(
        tone=Tone.INFO.value,
        title=f"A first job of {counted(canary.size, 'guest')} goes ahead",
        text=f"{jobs_and_guests(behind)} {'follows' if len(behind) == 1 else 'follow'} by themselves {condition}."
        " Otherwise they wait, and you are asked.",
    )


def _wait(batches: Sequence[Batch]) -> str:
    return "waits" if len(batches) == 1 else "wait"
