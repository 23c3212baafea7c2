"""The impact of a revocation: which guests lose how many rewards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Variant
from issuance.approvals.to_revoke import to_revoke
from issuance.followup.revocable import can_be_revoked, why_not_revoke
from issuance.followup.revocation import RUNNING
from issuance.models import Batch, Issuance, RevocationRequest
from issuance.pages.batches import batches_of
from issuance.pages.links import PageBelowRun, filtered_place, place
from issuance.states import TAKEN_BACK
from ui.wording import counted


@dataclass(frozen=True, kw_only=True)
class JobChoice:
    """A choice of what to revoke: all jobs, or one of them."""

    label: str
    href: str
    rewards: int
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class ArmToRevoke:
    """What would be revoked of one arm."""

    arm: str
    jobs: int
    rewards: int
    href: str


@dataclass(frozen=True, kw_only=True)
class RevokePage(PageBelowRun):
    """The impact. `batches` are those to revoke now, `still_running` those that can be as they finish."""

    batches: Sequence[Batch]
    still_running: Sequence[Batch]
    rewards: int
    parts: Sequence[ArmToRevoke]
    choices: Sequence[JobChoice]
    first_at: datetime | None
    last_at: datetime | None
    why_not: str
    one_job: bool
    request: RevocationRequest | None
    here: str
    file: str

    @property
    def lede(self) -> str:
        """What a revocation takes away, or why there is none."""
        if self.request:
            return "Waits for another user to agree. Nothing is revoked until then."
        return self.why_not or f"This takes {counted(self.rewards, 'reward')} away from guests. It cannot be undone."

    def batches_to_ask(self, *, also_running: bool) -> Sequence[Batch]:
        """Return exactly the jobs that the page showed: not one that has ended since."""
        return [*self.batches, *self.still_running] if also_running else self.batches

    def rewards_at_most(self, *, also_running: bool) -> int:
        """Return the most rewards that can be revoked in the end: a job that still runs may issue to all its guests."""
        return self.rewards + (sum(batch.size for batch in self.still_running) if also_running else 0)


def revoke_page(issuance: Issuance, *, job: str = "") -> RevokePage:
    """Return the page for one job by its number, or for all that can be revoked; for an open request, for its jobs.

    Its number of queries is fixed.
    """
    everything = batches_of(issuance)
    request = to_revoke.waiting(issuance)
    asked = set(request.batches.values_list("pk", flat=True)) if request else set()
    possible = [batch for batch in everything if can_be_revoked(batch) and (request is None or batch.pk in asked)]
    chosen = [batch for batch in possible if str(batch.number) == job] if job and not request else possible
    ended = sorted(batch.ended_at for batch in chosen if batch.ended_at)
    return RevokePage(
        issuance=issuance,
        batches=chosen,
        still_running=_running(everything, request, asked) if request or not job else [],
        rewards=_rewards(chosen),
        parts=_parts(issuance, chosen, job=job),
        choices=[] if request else _choices(issuance, possible, job=job),
        first_at=ended[0] if ended else None,
        last_at=ended[-1] if ended else None,
        why_not=why_not_revoke(everything) if not job or chosen else "This job cannot be revoked now.",
        one_job=bool(job) and request is None,
        request=request,
        here=place("revoke", issuance) + (f"?job={job}" if job else ""),
        file=place("affected-csv", issuance) + (f"?job={job}" if job else ""),
    )


def _running(batches: Sequence[Batch], request: RevocationRequest | None, asked: Collection[int]) -> list[Batch]:
    running = [batch for batch in batches if still_runs(batch)]
    return running if request is None else [batch for batch in running if batch.pk in asked]


def to_tell(batches: Sequence[Batch]) -> list[Batch]:
    """Return the jobs whose rewards are revoked or are being revoked: their guests are to be notified."""
    return [batch for batch in batches if batch.state in TAKEN_BACK and not batch.is_control]


def still_runs(batch: Batch) -> bool:
    """Whether a job may still issue rewards, so that it can only be revoked as it finishes."""
    return batch.state in RUNNING and not batch.is_control


def _rewards(batches: Sequence[Batch]) -> int:
    # Where Thanx gave no count, all of a job's rewards may have been issued.
    return sum(batch.size if batch.issued_count is None else batch.issued_count for batch in batches)


def _parts(issuance: Issuance, batches: Sequence[Batch], *, job: str) -> list[ArmToRevoke]:
    arms: dict[Variant, list[Batch]] = {}
    for batch in batches:
        arms.setdefault(batch.variant, []).append(batch)
    only = {"job": job} if job else {}
    return [
        ArmToRevoke(
            arm=variant.name,
            jobs=len(rows),
            rewards=_rewards(rows),
            href=filtered_place(issuance, outcome="issued", arm=variant.pk, **only),
        )
        for variant, rows in arms.items()
    ]


def _choices(issuance: Issuance, possible: Sequence[Batch], *, job: str) -> list[JobChoice]:
    if len(possible) <= 1:
        return []
    home = place("revoke", issuance)
    every = JobChoice(label=f"All {len(possible)} jobs", href=home, rewards=_rewards(possible), chosen=not job)
    single = [
        JobChoice(
            label=f"Job {batch.number} · {batch.variant.name}",
            href=f"{home}?job={batch.number}",
            rewards=_rewards([batch]),
            chosen=str(batch.number) == job,
        )
        for batch in possible
    ]
    return [every, *single]
