"""The dry run: exactly what a confirmation would do, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from accounts.models import Role, User
from campaigns import schedule
from campaigns.models import Campaign
from campaigns.pages.split import TONES
from campaigns.schedule import LABELS, Dates
from issuance.models import DraftStep, Issuance
from issuance.pages.approval import Approval, NeededApproval, approval_of, needed_for
from issuance.pages.check.foreseen import Foreseen, foreseen
from issuance.pages.exclusions import MemberCheck, member_check, strangers_in_words
from issuance.pages.links import DraftPage, after_check, place
from issuance.sending import canary, dry_run, forecast, grace
from issuance.sending.canary import CanaryCut
from issuance.sending.dry_run import DryRun, DryRunArm
from issuance.sending.refusals import CannotConfirm
from issuance.states import IssuanceState
from ui.status import Status, Tone
from ui.values import Segment
from ui.wording import counted, exactly, lasted

A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class CanaryOffer:
    """The canary: whether it is chosen, what happens then, and the label of the button that changes it."""

    chosen: bool
    sentence: str
    button: str


@dataclass(frozen=True, kw_only=True)
class CallsToThanx:
    """The calls to Thanx, and how long they take. `issue` is exact, the rest is an estimate."""

    issue: int
    looks: int
    budget: str
    duration: str


@dataclass(frozen=True, kw_only=True)
class ReviewRow:
    """One arm. `reward` is what its guests get, `sizes` those of its jobs, both in words."""

    arm: DryRunArm
    reward: str
    sizes: str


@dataclass(frozen=True, kw_only=True)
class ReviewPage(DraftPage):
    """The dry run. `rewards + held_back == guests`."""

    STEP = DraftStep.REVIEW

    campaign: Campaign
    status: Status
    run: DryRun
    rows: Sequence[ReviewRow]
    segments: Sequence[Segment]
    guests: int
    rewards: int
    held_back: int
    left_out: int
    calls: CallsToThanx
    first: CanaryOffer | None
    at_most: Decimal | None
    unpriced: bool
    days_to_redeem: int
    grace: str
    button: str
    needed: NeededApproval
    approval: Approval | None
    obstacle: str
    foreseen: Foreseen
    members: MemberCheck
    same_file: Issuance | None
    same_file_href: str
    action: str
    back: str

    @property
    def asks(self) -> str:
        """What a user asks to issue, for the page of a request for approval."""
        held_back = f" ({self.held_back:,} held back)" if self.held_back else ""
        what = f"{counted(self.rewards, 'reward')} to {counted(self.guests, 'guest')}{held_back}"
        by = self.approval.asked_by if self.approval else ""
        failing = f" {self.foreseen.title}." if self.foreseen.strangers else ""
        return f"{by} asks to issue {what}.{failing} Nothing has been sent to Thanx yet."

    @property
    def costs(self) -> str:
        """What the rewards cost at most; empty where none of them can be priced."""
        if self.at_most is None:
            return ""
        rest = "; percentages and free items cannot be priced and are not in it" if self.unpriced else ""
        failing = f" {self.foreseen.title}, and would cost nothing." if self.foreseen.strangers else ""
        return f"At most ${self.at_most:,} if every guest redeems{rest}.{failing}"


@dataclass(frozen=True, kw_only=True)
class WaitingPage(DraftPage):
    """The review while the audience is still being read."""

    STEP = DraftStep.REVIEW

    here: str
    sentence: str


def waiting_page(issuance: Issuance) -> WaitingPage:
    """Return the page that is shown until the audience has been read."""
    return WaitingPage(
        issuance=issuance,
        here=place("review", issuance),
        sentence="The review is being prepared. You may leave this page; it goes on.",
    )


def review_page(
    issuance: Issuance,
    *,
    at: datetime,
    by: User,
    role: Role,
    objection: CannotConfirm | None,
    same_file: Issuance | None,
) -> ReviewPage:
    """Return the page as a user sees it. `same_file` is a recent issuance of the very same file, if there is one."""
    batches = dry_run.draft_batches(issuance)
    run = dry_run.of_batches(issuance, batches)
    campaign = issuance.campaign
    put_off = grace.grace_for(rewards=run.rewards)
    needed = needed_for(issuance, run.size, by=by, role=role, at=at)
    return ReviewPage(
        issuance=issuance,
        campaign=campaign,
        status=Status.WAITING_FOR_APPROVAL if issuance.state == IssuanceState.WAITING_FOR_APPROVAL else Status.DRAFT,
        run=run,
        rows=[_row(arm, campaign) for arm in run.arms],
        segments=_segments(issuance, run.arms),
        guests=run.guests,
        rewards=run.rewards,
        held_back=run.held_back,
        left_out=issuance.left_out_total,
        calls=_calls(run, at=at),
        first=_first(canary.cut_of(batches), chosen=issuance.canary, jobs=run.calls),
        at_most=run.at_most,
        unpriced=run.unpriced,
        days_to_redeem=schedule.days_from(Dates(**{name: getattr(campaign, name) for name in LABELS}), at=at),
        grace=exactly(put_off) if put_off else "",
        button=button_of(run),
        needed=needed,
        approval=approval_of(issuance, by=by, at=at),
        obstacle=str(objection or ""),
        members=member_check(issuance),
        foreseen=foreseen(issuance, arms=[arm.variant for arm in run.arms], objection=objection, at=at),
        same_file=same_file,
        same_file_href=place("detail", same_file) if same_file else "",
        action=place("ask" if needed.by_another else "confirm", issuance),
        back=place("split" if after_check(issuance) == DraftStep.SPLIT else "check", issuance),
    )


def _row(arm: DryRunArm, campaign: Campaign) -> ReviewRow:
    sizes = [f"{number:,} × {size:,}" if number > 1 else f"{size:,}" for size, number in arm.sizes]
    return ReviewRow(arm=arm, reward=reward_words(arm, campaign), sizes=f"of {', '.join(sizes)}" if arm.jobs else "")


def reward_words(arm: DryRunArm, campaign: Campaign) -> str:
    """Return what the guests of an arm get."""
    if arm.reward:
        return str(arm.reward.name)
    if campaign.registers_controls:
        return "None. Registered at Thanx as control"
    return "None. Held back, never sent to Thanx"


def button_of(run: DryRun) -> str:
    """Return the label of the button: "Issue 1,800 rewards to 2,000 guests (200 held back)".

    Where failures are foreseen: "Issue 217 rewards; 42 more guests are probably not members".
    """
    if run.strangers:
        rewards = counted(run.rewards - run.strangers, "reward")
        return f"Issue {rewards}; {strangers_in_words(run.strangers, more=True)}"
    words = f"Issue {counted(run.rewards, 'reward')} to {counted(run.guests, 'guest')}"
    return f"{words} ({run.held_back:,} held back)" if run.held_back else words


def _calls(run: DryRun, *, at: datetime) -> CallsToThanx:
    found = forecast.forecast(calls=run.calls, at=at)
    used, budget = "", found.budget
    if budget is not None:
        used = (
            f"{budget.used_in_quarter_hour:,} of the {budget.limit_per_quarter_hour:,} calls of a quarter of an hour"
            f" are used now, and {budget.used_in_second} of the {budget.limit_per_second} of a second"
        )
    times = f"Handed over to Thanx in about {lasted(max(found.handed_over, A_SECOND))}. "
    if found.from_experience:
        times += f"Completed in about {lasted(found.completed)}, if jobs take as long as lately."
    else:
        times += "How long Thanx takes then is not known: no job has been completed yet."
    return CallsToThanx(issue=found.calls, looks=found.polls, budget=used, duration=times)


def _first(cut: CanaryCut | None, *, chosen: bool, jobs: int) -> CanaryOffer | None:
    """Return the offer of a canary; `jobs` is the number of jobs with the current choice."""
    if cut is None:
        return None
    in_all = jobs if chosen or not cut.makes_a_job_more else jobs + 1
    if chosen:
        then = f"1 job of {counted(cut.size, 'guest')} first, then {counted(in_all - 1, 'job')}"
        return CanaryOffer(
            chosen=True,
            sentence=f"{then}, which {'follows by itself' if in_all - 1 == 1 else 'follow by themselves'} once it has"
            f" completed with fewer than"
            f" {settings.PAUSE_AT_FAILURE_PERCENT} % failures. Otherwise they wait, and you are asked.",
            button="Send all at once",
        )
    at_once = in_all - cut.makes_a_job_more
    sentence = "The one job at once." if at_once == 1 else f"All {at_once:,} jobs at once."
    return CanaryOffer(chosen=False, sentence=sentence, button=f"Try {cut.size:,} guests first")


def arm_segments(arms: Sequence[DryRunArm]) -> list[Segment]:
    """Return the guests of each arm as parts of a bar; those held back come last."""
    treated = [arm for arm in arms if not arm.is_control]
    parts = [
        Segment(label=arm.variant.name, count=arm.guests, tone=TONES[index % len(TONES)])
        for index, arm in enumerate(treated)
    ]
    held = [Segment(label="Control, held back", count=arm.guests, tone=Tone.ACCENT) for arm in arms if arm.is_control]
    return [*parts, *held]


def _segments(issuance: Issuance, arms: Sequence[DryRunArm]) -> list[Segment]:
    left_out = issuance.left_out_total
    last = Segment(label="Left out", count=left_out, tone=Tone.FAINT, href=place("check", issuance))
    return [*arm_segments(arms), *([last] if left_out else [])]
