"""How making it right stands: beside each feedback, for the batches ahead, and on the page where it is begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
"""What `state_of` looks at, for a page's one query."""


@dataclass(frozen=True, kw_only=True)
class RecoveryState:
    """How making one feedback right stands: a word, a sentence, and the issuance that holds the guest."""

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
    """One batch that has not come to its end of deciding: it is collected, prepared, or waits for a person."""

    reward: str
    guests: int
    goes_at: datetime
    is_daily: bool
    problem: str
    href: str
    issuance: int | None


def may_recover(feedback: Feedback, recovery: Recovery | None) -> bool:
    """Whether somebody can make it right, or choose once more."""
    is_free = recovery is None or recovery.standing in AGAIN
    return is_free and bool(feedback.user_id) and feedback.stage in SAID


def state_of(recovery: Recovery, results: Mapping[int, GuestLine]) -> RecoveryState:
    """Return how it stands. No query where the feedback came with `WITH_RECOVERY`."""
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
    """Return when the next daily batch goes out, in the merchant's zone, which is named. One query."""
    moment = next_moment(daily_at(merchant), merchant=merchant, at=at).astimezone(zone_of(merchant))
    return f"{moment:%A} at {moment:%H:%M} {moment:%Z}"


def batches_ahead(merchant: Merchant) -> list[RecoveryBatchRow]:
    """Return the batches that still wait for their time, for the reading, or for a person. One query."""
    waiting = Count("recoveries", filter=Q(recoveries__standing=Standing.QUEUED))
    rows = RecoveryBatch.objects.filter(merchant=merchant, done_at=None).annotate(guests=waiting).filter(guests__gt=0)
    rows = rows.select_related("variant__campaign", "variant__reward_template", "issuance__merchant")
    return [
        RecoveryBatchRow(
            reward=reward_words(batch.variant),
            guests=batch.guests,
            goes_at=batch.goes_at,
            is_daily=batch.day is not None,
            problem=batch.problem,
            href=where_it_stands(batch.issuance) if batch.issuance else "",
            issuance=batch.issuance_id,
        )
        for batch in rows
    ]


def needing_a_person(rows: Sequence[RecoveryBatchRow]) -> list[RecoveryBatchRow]:
    """Return those that go on only when somebody decides."""
    return [row for row in rows if row.problem]


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
