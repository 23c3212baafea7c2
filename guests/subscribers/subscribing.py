"""Subscribing people to a merchant's marketing: with their consent on record, at Thanx's pace, and each only once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import Count

from accounts import audit
from accounts.models import User
from campaigns import halts
from engine import correlation
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, hold, renewing
from engine.one_at_a_time import hold_lock
from guests.models import Subscriber, Subscription
from guests.scopes import Scope
from guests.subscribers import drafts
from guests.subscribers.reading_step import ACCEPTED_BEFORE, PERSON
from partner_api import connect, errors
from partner_api.answers.guests import BirthDate, NewSubscriber
from partner_api.calls.client import ThanxClient
from partner_api.error_codes import explained
from vault.sealing import Unsealable, unseal

AT_ONCE = 20
TRY_AGAIN = timedelta(seconds=30)
LONGEST_WAIT = timedelta(seconds=10)
UNSEALABLE = "unsealable"
"""The code of somebody whose row can no longer be opened: its key is gone."""

Standing = Subscriber.Standing


class NotConfirmable(Exception):
    """The list is not read yet, nobody is left on it, or it is confirmed already; or, to be tried again, it is not."""


def confirm(*, subscription: Subscription, by: User, at: datetime) -> None:
    """Let the people be handed to Thanx; the file that they came in is deleted. Raises NotConfirmable."""
    with transaction.atomic():
        read = Subscription.objects.filter(pk=subscription.pk, confirmed_at=None, people__gt=0).exclude(read_at=None)
        facts = {"confirmed_by": by, "confirmed_at": at, "due_at": at, "correlation": correlation.current()}
        if read.update(**facts) != 1:
            raise NotConfirmable
        drafts.forget_file(subscription)
        people = Subscriber.objects.filter(subscription=subscription).count()
        _record(subscription, "subscription confirmed", by=by, at=at, people=people)


def try_again(*, subscription: Subscription, by: User, at: datetime) -> None:
    """Hand those who were refused to Thanx once more, and go on where a problem stopped it.

    Raises NotConfirmable for a list that nobody has confirmed.
    """
    afresh = {"due_at": at, "lease_token": None, "problem": "", "done_at": None, "correlation": correlation.current()}
    with transaction.atomic():
        rows = Subscription.objects.filter(pk=subscription.pk).exclude(confirmed_at=None)
        if rows.update(**afresh) != 1:
            raise NotConfirmable
        refused = Subscriber.objects.filter(subscription=subscription, standing=Standing.REFUSED)
        again = refused.update(standing=Standing.WAITING, code="")
        rows.update(**counted(subscription))
        _record(subscription, "subscription tried again", by=by, at=at, people=again)


def person_of(subscriber: Subscriber) -> NewSubscriber:
    """Return who somebody is. Raises Unsealable."""
    told = json.loads(unseal(subscriber.sealed, purpose=PERSON))
    born = told.pop("birth_date")
    return NewSubscriber(**told, birth_date=BirthDate(**born) if born else None)


def counted(subscription: Subscription) -> dict[str, int]:
    """Return how many people of a list Thanx has accepted and refused. One query."""
    rows = Subscriber.objects.filter(subscription=subscription).order_by()
    by_standing = dict(rows.values_list("standing").annotate(Count("pk")))
    return {"accepted": by_standing.get(Standing.ACCEPTED, 0), "refused": by_standing.get(Standing.REFUSED, 0)}


# --- The step ------------------------------------------------------------------------------------------------


class _Turn(Enum):
    """What is to be done with somebody whose turn it is."""

    OURS = "ours"
    ACCEPTED = "accepted by another list"
    ANOTHERS = "being sent by another list"


def submit_some_subscribers(*, clock: Clock = now) -> bool:
    """Hand the next people of the subscription that has waited longest to Thanx. Return whether there was one."""
    rows = Subscription.objects.filter(done_at=None).exclude(confirmed_at=None).select_related("merchant")
    subscription = claim_one(rows, at=clock())
    if subscription is None:
        return False
    try:
        _submit_and_record(subscription, clock=clock)
    except LeaseLost:
        return True
    return True


def _submit_and_record(subscription: Subscription, *, clock: Clock) -> None:
    facts: dict[str, Any] = {}
    due_at: datetime | None = None
    try:
        with renewing(subscription, clock=clock):
            due_at = _submit_some(subscription, clock=clock)
        facts = {"done_at": None if due_at else clock(), "problem": ""}
    except (errors.TryLater, errors.OutcomeUnknown) as error:
        # Who may have been accepted is handed over once more, which changes nothing at Thanx.
        not_before = error.not_before if isinstance(error, errors.TryLater) else None
        due_at = not_before or clock() + TRY_AGAIN
    except errors.Refused as error:
        trouble = explained(error, scope=Scope.SUBSCRIBERS)
        facts = {"problem": trouble.advice[:200]}
    finish(subscription, due_at=due_at, **facts, **counted(subscription))


def _submit_some(subscription: Subscription, *, clock: Clock) -> datetime | None:
    """Submit up to AT_ONCE people; return when to go on, None where nobody is left."""
    if not _may_send(subscription):
        return clock() + TRY_AGAIN
    waiting = subscription.subscribers.filter(standing__in=(Standing.WAITING, Standing.SENDING))
    thanx = connect.thanx(
        priority=connect.Priority.CATALOG,
        about=f"subscription:{subscription.pk}",
        max_wait=LONGEST_WAIT,
        consent=lambda: _may_send(subscription),
    )
    some, waits = list(waiting.order_by("line")[:AT_ONCE]), 0
    for subscriber in some:
        turn = _turn(subscription, subscriber)
        waits += turn is _Turn.ANOTHERS
        if turn is _Turn.OURS:
            _submit(subscription, subscriber, thanx, clock=clock)
        elif turn is _Turn.ACCEPTED:
            _told(subscriber, Standing.ACCEPTED, code=ACCEPTED_BEFORE, at=clock())
    if not waiting.exists():
        return None
    return clock() + TRY_AGAIN if waits == len(some) else clock()


def _may_send(subscription: Subscription) -> bool:
    """Whether nobody has stopped all sending of the merchant, or of all. One query."""
    return not halts.is_halted(subscription.merchant_id)


def _turn(subscription: Subscription, subscriber: Subscriber) -> _Turn:
    """Write down that somebody is being sent, unless another list has handed them over, or is about to.

    Two workers may come to one person on two lists at once, so they go one at a time for the merchant's subscribers.
    """
    with transaction.atomic():
        hold_lock(on="subscribers", key=subscription.merchant_id)
        hold(subscription)
        others = Subscriber.objects.filter(
            fingerprint=subscriber.fingerprint, subscription__merchant=subscription.merchant_id
        ).exclude(pk=subscriber.pk)
        if others.filter(standing=Standing.ACCEPTED).exists():
            return _Turn.ACCEPTED
        sending = others.filter(standing=Standing.SENDING, subscription__due_at__isnull=False)
        if subscriber.standing == Standing.SENDING:  # of two that were cut off, the earlier goes first
            sending = sending.filter(pk__lt=subscriber.pk)
        if sending.exists():
            return _Turn.ANOTHERS
        Subscriber.objects.filter(pk=subscriber.pk).update(standing=Standing.SENDING)
    return _Turn.OURS


def _submit(subscription: Subscription, subscriber: Subscriber, thanx: ThanxClient, *, clock: Clock) -> None:
    standing, code = Standing.ACCEPTED, ""
    try:
        thanx.subscribe(merchant_id=subscription.merchant.thanx_id, subscriber=person_of(subscriber))
    except errors.OutcomeUnknown:
        raise  # they stay with us, as being sent: nobody else may hand them over
    except (errors.TryLater, errors.NotConfigured, errors.CredentialsRefused, errors.ScopeMissing):
        _told(subscriber, Standing(subscriber.standing), code="", at=None)  # as before this attempt
        raise  # it would be the same for everybody
    except errors.Refused as error:
        standing, code = Standing.REFUSED, error.code or str(error.status or "")
    except Unsealable:
        standing, code = Standing.REFUSED, UNSEALABLE
    _told(subscriber, standing, code=code, at=clock())


def _told(subscriber: Subscriber, standing: Subscriber.Standing, *, code: str, at: datetime | None) -> None:
    Subscriber.objects.filter(pk=subscriber.pk).update(standing=standing, code=code, told_at=at)


def _record(subscription: Subscription, action: str, *, by: User, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=subscription, by=by, at=at, merchant_id=subscription.merchant_id, **facts)
