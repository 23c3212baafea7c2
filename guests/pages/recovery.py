"""Recoveries on pages: the state beside each feedback, the batches ahead, and the time of the next daily batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from campaigns.models import Merchant
from campaigns.zones import zone_of
from guests.lookup.explanations import TONES, GuestLine, GuestStatus
from guests.models import Feedback, Recovery, RecoveryBatch
from guests.recovery.forms import reward_words
from guests.recovery.plans import daily_at, next_moment
from guests.recovery.recovery import AGAIN, SAID, Standing
from issuance.pages.links import where_it_stands
from issuance.states import IssuanceState
from ui.status import Tone

WITH_RECOVERY = (
    *("recovery__batch__issuance__merchant", "recovery__variant__campaign", "recovery__variant__reward_template"),
    "recovery__by",
)
"""The relations that `state_of` needs, for the page's one query."""


@dataclass(frozen=True, kw_only=True)
class RecoveryState:
    """The state of one recovery: a word, a sentence, and the issuance that holds the guest."""

    word: str
    tone: str
    icon: str
    sentence: str
    goes_at: datetime | None
    href: str
    issuance: int | None
    may_take_out: bool


@dataclass(frozen=True, kw_only=True)
class RecoveryBatchRow:
    """A batch that is not confirmed yet, with its number of `guests`."""

    batch: RecoveryBatch
    reward: str
    waits: str
    href: str


def may_recover(feedback: Feedback, recovery: Recovery | None) -> bool:
    """Whether a user can give a reward for this feedback, for the first time or again."""
    is_free = recovery is None or recovery.standing in AGAIN
    return is_free and bool(feedback.user_id) and feedback.stage in SAID


def state_of(recovery: Recovery, results: Mapping[int, GuestLine]) -> RecoveryState:
    """Return the state of a recovery. No query if the feedback was selected with `WITH_RECOVERY`."""
    batch = recovery.batch
    issuance = batch.issuance if batch else None
    result = results.get(recovery.pk)
    word, tone, icon = _word(recovery, result)
    waits = recovery.standing == Standing.QUEUED and issuance is None
    return RecoveryState(
        word=word,
        tone=tone.value,
        icon=icon,
        sentence=_sentence(recovery, result),
        goes_at=batch.goes_at if batch and batch.day and waits else None,
        href=where_it_stands(issuance) if issuance and issuance.state != IssuanceState.DISCARDED else "",
        issuance=issuance.pk if issuance else None,
        may_take_out=waits and batch is not None and batch.day is not None,
    )


def next_batch_words(merchant: Merchant, *, at: datetime) -> str:
    """Return when the next daily batch goes out, in words, in the merchant's time zone. One query."""
    moment = next_moment(daily_at(merchant), merchant=merchant, at=at).astimezone(zone_of(merchant))
    return f"{moment:%A} at {moment:%H:%M} {moment:%Z}"


def batches_ahead(merchant: Merchant) -> list[RecoveryBatchRow]:
    """Return the batches that are not confirmed yet. One query."""
    waiting = Count("recoveries", filter=Q(recoveries__standing=Standing.QUEUED))
    rows = RecoveryBatch.objects.filter(merchant=merchant, done_at=None).annotate(guests=waiting).filter(guests__gt=0)
    rows = rows.select_related("variant__campaign", "variant__reward_template", "issuance__merchant")
    return [
        RecoveryBatchRow(
            batch=batch,
            reward=reward_words(batch.variant),
            waits="Waits for a decision" if batch.problem else "Is being prepared",
            href=where_it_stands(batch.issuance) if batch.issuance else "",
        )
        for batch in rows
    ]


def _word(recovery: Recovery, result: GuestLine | None) -> tuple[str, Tone, str]:
    if recovery.standing == Standing.QUEUED:
        stuck = bool(recovery.batch and recovery.batch.problem)
        return ("Needs you", Tone.WARNING, "alert-triangle") if stuck else ("Queued", Tone.INFO, "hourglass")
    if recovery.standing == Standing.JOINED:
        status = result.status if result else GuestStatus.UNKNOWN
        return (status.value, *TONES[status])
    word = {Standing.TAKEN_OUT: "Taken out", Standing.PASSED_OVER: "Passed over"}.get(
        Standing(recovery.standing), "Nothing issued"
    )
    return word, Tone.NEUTRAL, "circle-x"


def _sentence(recovery: Recovery, result: GuestLine | None) -> str:
    reward = reward_words(recovery.variant)
    whose = f"by a rule of {recovery.by}" if recovery.rule_id else f"by {recovery.by}"
    if recovery.standing == Standing.QUEUED:
        problem = recovery.batch.problem if recovery.batch else ""
        return f"{reward}, queued {whose}. {problem}".strip()
    if recovery.standing == Standing.JOINED:
        why = f" {result.reason}." if result and result.reason else ""
        return f"{reward}, given {whose}.{why}"
    if recovery.standing == Standing.PASSED_OVER:
        return f"A rule passed it over: {recovery.reason}"
    return f"{reward}: {recovery.reason}"
