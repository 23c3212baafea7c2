"""What a stop would do: which guests are never sent anything, and which jobs are at Thanx already."""

from collections.abc import Sequence
from dataclasses import dataclass

from issuance.models import Batch, Issuance
from issuance.pages.batches import batches_of, is_unsent
from issuance.pages.links import PageBelowRun
from issuance.states import WITH_JOB, BatchState
from ui.wording import counted

DOUBTFUL = frozenset({BatchState.QUEUED, BatchState.SUBMITTING, BatchState.NEEDS_ATTENTION})
"""A batch in one of these states, without a job, may have reached Thanx."""

LATER = (
    "Who was not sent can be downloaded and issued to later as a new issuance of this campaign."
    " Everybody keeps their group."
)


@dataclass(frozen=True, kw_only=True)
class JobsToStop:
    """Some jobs, of one arm or in one situation."""

    label: str
    jobs: int
    guests: int

    @property
    def in_jobs(self) -> str:
        return counted(self.jobs, "job")

    @property
    def in_guests(self) -> str:
        return counted(self.guests, "guest")


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What a stop does to some jobs. `text` continues the sentence that begins with `jobs`."""

    icon: str
    jobs: str
    text: str


@dataclass(frozen=True, kw_only=True)
class StopPage(PageBelowRun):
    """The impact: jobs that stay unsent, by arm; jobs at Thanx; and jobs of which that is not known."""

    unsent: JobsToStop
    arms: Sequence[JobsToStop]
    at_thanx: JobsToStop
    doubtful: JobsToStop
    why_not: str

    @property
    def lede(self) -> str:
        """Why there is nothing to stop, or for how many guests a stop is final."""
        unsent = f"{counted(self.unsent.guests, 'guest')} will not be sent anything. This cannot be undone."
        return self.why_not or unsent

    @property
    def consequences(self) -> list[Consequence]:
        """What a stop does, for each kind of jobs that there are."""
        arms = ", ".join(f"{arm.in_guests} of {arm.label} ({arm.in_jobs})" for arm in self.arms)
        found = [
            Consequence(
                icon="player-stop",
                jobs=f"{self.unsent.in_jobs} that will never be sent",
                text=f": {arms}. Nothing of this has reached Thanx, and they are counted as not sent.",
            )
        ]
        if self.doubtful.jobs:
            them = "it" if self.doubtful.jobs == 1 else "them"
            text = (
                f", {self.doubtful.in_guests}: Thanx may have {them} already. We ask with the same key until we know,"
                " which can never issue a reward twice."
            )
            found.append(Consequence(icon="help-circle", jobs=f"{self.doubtful.in_jobs} just being sent", text=text))
        if self.at_thanx.jobs:
            text = (
                f", {self.at_thanx.in_guests}: not touched. Guests keep their rewards unless you revoke them, which you"
                " can once a job has completed."
            )
            found.append(Consequence(icon="send", jobs=f"{self.at_thanx.in_jobs} at Thanx", text=text))
        return [*found, Consequence(icon="users", jobs="", text=LATER)]


def stop_page(issuance: Issuance) -> StopPage:
    """Return the page. One query."""
    batches = batches_of(issuance)
    unsent = [batch for batch in batches if is_unsent(batch)]
    at_thanx = [batch for batch in batches if batch.state in WITH_JOB]
    doubtful = [batch for batch in batches if batch.state in DOUBTFUL and batch not in unsent]
    return StopPage(
        issuance=issuance,
        unsent=_part("", unsent),
        arms=_by_arm(unsent),
        at_thanx=_part("", at_thanx),
        doubtful=_part("", doubtful),
        why_not=_why_not(issuance, unsent),
    )


def _part(label: str, batches: Sequence[Batch]) -> JobsToStop:
    return JobsToStop(
        label=label, jobs=len(batches), guests=sum(batch.size for batch in batches if not batch.is_control)
    )


def _by_arm(batches: Sequence[Batch]) -> list[JobsToStop]:
    arms: dict[str, list[Batch]] = {}
    for batch in batches:
        arms.setdefault(batch.variant.name, []).append(batch)
    return [_part(name, rows) for name, rows in arms.items()]


def _why_not(issuance: Issuance, unsent: Sequence[Batch]) -> str:
    if issuance.stopped_at is not None:
        return "It is stopped already."
    return "" if unsent else "Every job has gone to Thanx already, so there is nothing to stop. Rewards can be revoked."
