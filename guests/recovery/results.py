"""The results of recoveries, read from the issuances that hold the guests."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from guests.lookup.explanations import ORDER, GuestLine, GuestStatus
from guests.lookup.history import lines_of_recipients
from guests.models import Feedback, Recovery, RecoveryBatch
from issuance.audience import left_out_reasons
from issuance.audience.screening import Exclusion
from issuance.models import Issuance, Recipient, RejectedLine
from issuance.states import BatchState, IssuanceState

Standing = Recovery.Standing
Key = tuple[int, bytes]
"""An issuance and a guest's fingerprint."""

FINAL = frozenset(
    {GuestStatus.ISSUED, GuestStatus.FAILED, GuestStatus.STOPPED, GuestStatus.REVOKED, GuestStatus.HELD_BACK}
)
NOTHING = frozenset({GuestStatus.FAILED, GuestStatus.STOPPED})
"""The guest got nothing: the feedback waits to be handled again."""

OFTEN, OFTEN_FOR = timedelta(minutes=1), timedelta(hours=1)
SELDOM, AT_MOST = timedelta(minutes=15), timedelta(days=7)


def settle_batch(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> None:
    """Record for each guest of a batch whether the issuance holds the guest. Call it in a transaction.

    The feedback of guests that the issuance holds is handled. Other guests have missed the reward, for a reason.
    """
    waiting = list(Recovery.objects.filter(batch=batch, standing=Standing.QUEUED))
    held = _held_by(issuance, waiting)
    why = {} if len(held) == len(waiting) else _left_out_of(issuance, waiting)
    for recovery in waiting:
        mark = bytes(recovery.fingerprint or b"")
        joined = mark in held
        reason = "" if joined else why.get(mark) or _otherwise(issuance)
        standing = Standing.JOINED if joined else Standing.MISSED
        settled = {"standing": standing, "reason": reason[:300], "settled_at": at, "sealed_identifier": b""}
        Recovery.objects.filter(pk=recovery.pk).update(**settled)
        if joined:
            open_one = Feedback.objects.filter(pk=recovery.feedback_id, handled_at=None)
            open_one.update(handled_at=at, handled_by=recovery.by_id)


def watch_batch(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> datetime | None:
    """Return when to check the guests' results again; None when all are final, or too old to wait for.

    Feedback that was handled only by a reward that failed waits to be handled again.
    """
    joined = list(Recovery.objects.filter(batch=batch, standing=Standing.JOINED).select_related("batch"))
    found = results_of(joined)
    for recovery in joined:
        result = found.get(recovery.pk)
        if result is not None and result.status in NOTHING:
            mine = Feedback.objects.filter(pk=recovery.feedback_id, handled_at=recovery.settled_at)
            mine.update(handled_at=None, handled_by=None)
    if all(recovery.pk in found and found[recovery.pk].status in FINAL for recovery in joined):
        return None
    age = at - (issuance.confirmed_at or at)
    if age > AT_MOST:
        return None
    return at + (OFTEN if age < OFTEN_FOR else SELDOM)


def results_of(recoveries: Sequence[Recovery]) -> Mapping[int, GuestLine]:
    """Return the result of each recovery that joined an issuance: the best of the issuance and its retries.

    At most four queries, however many there are.
    """
    joined = [one for one in recoveries if one.standing == Standing.JOINED and one.batch and one.fingerprint]
    if not joined:
        return {}
    issuances = {one.batch.issuance_id for one in joined if one.batch}
    within = Q(batch__issuance__in=issuances) | Q(batch__issuance__parent__in=issuances)
    named = Recipient.objects.filter(within, fingerprint__in=[bytes(one.fingerprint or b"") for one in joined])
    best: dict[Key, GuestLine] = {}
    for row, line in lines_of_recipients(list(named.values_list("pk", flat=True))):
        key = (row.batch.issuance.parent_id or row.batch.issuance_id, bytes(row.fingerprint))
        if key not in best or ORDER[line.status] < ORDER[best[key].status]:
            best[key] = line
    keys = {one.pk: (one.batch.issuance_id or 0, bytes(one.fingerprint or b"")) for one in joined if one.batch}
    return {pk: best[key] for pk, key in keys.items() if key in best}


def _held_by(issuance: Issuance, waiting: Sequence[Recovery]) -> set[bytes]:
    if issuance.state != IssuanceState.CONFIRMED:
        return set()
    marks = [bytes(one.fingerprint or b"") for one in waiting]
    rows = Recipient.objects.filter(batch__issuance=issuance, fingerprint__in=marks)
    kept = rows.exclude(batch__state=BatchState.DISCARDED)
    return {bytes(one) for one in kept.values_list("fingerprint", flat=True)}


def _left_out_of(issuance: Issuance, waiting: Sequence[Recovery]) -> dict[bytes, str]:
    marks = [bytes(one.fingerprint or b"") for one in waiting]
    rows = RejectedLine.objects.filter(issuance=issuance, fingerprint__in=marks).values_list("fingerprint", "reason")
    return {bytes(mark): _words(code) for mark, code in rows if mark is not None}


def _words(code: str) -> str:
    if code == Exclusion.REWARDED_HERE.value:
        return "The guest had this reward already, so nothing was issued."
    return f"{left_out_reasons.of_line(code).title}."


def _otherwise(issuance: Issuance) -> str:
    if issuance.state == IssuanceState.DISCARDED:
        return "The draft was discarded, so nothing was issued."
    return "The guest is not in the list that was issued."
