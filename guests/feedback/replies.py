"""Answer a feedback. Thanx takes one answer, so the row that locks the feedback is committed before the call."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from guests.feedback import sync
from guests.models import Feedback, Reply
from partner_api import connect, errors
from vault.fields import purpose_of
from vault.sealing import seal

ANSWERABLE = frozenset({"rated", "reviewed"})
PURPOSE = purpose_of(Reply, "sealed_text")
MARGIN = timedelta(seconds=10)
Standing = Reply.Standing


class AlreadyAnswered(Exception):
    """The feedback is answered, or is being answered, or the guest has not said anything yet."""


class MayStillArrive(Exception):
    """Thanx does not show the answer yet, but the call that carries it may still arrive there."""


def answer_feedback(*, feedback: Feedback, text: str, by: User, at: datetime) -> None:
    """Send the guest the one answer. Raises AlreadyAnswered, and PartnerError.

    After NotSent, a 429 and a refusal nothing was sent, and the lock is removed. After OutcomeUnknown it stays until
    `look_for_reply` has asked Thanx.
    """
    if feedback.stage not in ANSWERABLE:
        raise AlreadyAnswered
    try:
        with transaction.atomic():
            sealed = seal(text.encode(), purpose=PURPOSE)
            reply = Reply.objects.create(feedback=feedback, sealed_text=sealed, by=by, at=at)
            merchant_id = feedback.merchant_id
            audit.record(
                action="feedback answered", on=feedback, by=by, at=at, merchant_id=merchant_id, characters=len(text)
            )
    except IntegrityError:
        raise AlreadyAnswered from None
    try:
        thanx = connect.thanx(
            priority=connect.Priority.USER_ACTION, merchant=feedback.merchant.thanx_id, about=f"reply:{feedback.pk}"
        )
        thanx.respond(feedback_id=feedback.thanx_id, response=text)
    except (errors.TryLater, errors.Refused):
        reply.delete()
        sync.read_soon(merchant=feedback.merchant, at=at)
        raise
    _settle(feedback, reply, text=text)


def look_for_reply(*, feedback: Feedback, by: User, at: datetime) -> bool:
    """Ask Thanx whether an answer of unknown outcome was sent; if not, remove the lock. Return whether it was sent.

    Raises PartnerError, and MayStillArrive while the call can still arrive: a second answer could overtake it. Then
    the lock stays, as it does for a feedback that Thanx no longer lists.
    """
    audit.record(action="reply looked for", on=feedback, by=by, at=at, merchant_id=feedback.merchant_id)
    thanx = connect.thanx(
        priority=connect.Priority.USER_ACTION,
        merchant=feedback.merchant.thanx_id,
        about=f"reply:{feedback.pk}",
        spares_repeats=True,
    )
    merchant = feedback.merchant
    found = thanx.feedbacks(merchant_id=merchant.thanx_id, user_id=feedback.user_id or None)
    mine = [one for one in found if one.id == feedback.thanx_id]
    sync.store(merchant=merchant, found=mine, at=at)
    open_one = Reply.objects.filter(feedback=feedback, standing=Standing.OPEN)
    if mine and mine[0].state != sync.RESPONDED:
        if open_one.filter(at__gt=at - _longest_call()).exists():
            raise MayStillArrive
        open_one.filter(at__lte=at - _longest_call()).delete()
        return False
    return bool(mine)


def mark_handled(*, feedback: Feedback, by: User, at: datetime) -> None:
    """Mark a feedback as handled: it needs no answer and no reward any more."""
    with transaction.atomic():
        Feedback.objects.filter(pk=feedback.pk, handled_at=None).update(handled_at=at, handled_by=by)
        audit.record(action="feedback handled", on=feedback, by=by, at=at, merchant_id=feedback.merchant_id)


def _longest_call() -> timedelta:
    """Return how long after the lock the call may arrive: it waits for the rate limit, then for the answer."""
    longest = settings.THANX_CONNECT_SECONDS + settings.THANX_READ_SECONDS
    return connect.LONGEST_WAIT_OF_A_USER + timedelta(seconds=longest) + MARGIN


def _settle(feedback: Feedback, reply: Reply, *, text: str) -> None:
    sealed = seal(text.encode(), purpose=sync.PURPOSE)
    with transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(standing=Standing.SENT)
        Feedback.objects.filter(pk=feedback.pk).update(
            stage=sync.RESPONDED, sealed_response=sealed, handled_at=reply.at, handled_by=reply.by
        )
