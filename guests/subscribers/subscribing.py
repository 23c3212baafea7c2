"""Subscribing people to a merchant's marketing: with their consent on record, at Thanx's pace, and each person once."""

import json
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from django.db import transaction
from django.db.models import Count

from accounts.models import User
from campaigns import halts
from engine import correlation
from engine.advisory_locks import hold_lock
from engine.clock import Clock, now
from engine.leases import claim_one, finish, hold, renewing
from guests.failed_calls import row_put_off
from guests.models import Subscriber, Subscription
from guests.scopes import Scope
from guests.subscribers import drafts
from guests.subscribers.reading_step import ACCEPTED_BEFORE, PERSON
from partner_api import connect, errors
from partner_api.answers.guests import BirthDate, NewSubscriber
from partner_api.calls.client import ThanxClient
from partner_api.pacing.turns import whose_turn
from vault.sealing import Unsealable, unseal

AT_ONCE = 20
TRY_AGAIN = timedelta(seconds=30)
LONGEST_WAIT = timedelta(seconds=10)
UNSEALABLE = "unsealable"
"""The code of a subscriber whose row can no longer be opened, since its key is gone."""

Standing = Subscriber.Standing


class NothingToConfirm(Exception):
    """The list is not read yet, holds no guest to subscribe, or is confirmed already."""


class NotConfirmedYet(Exception):
    """Nothing of the list has been sent, so there is nothing to try again."""


def confirm(*, subscription: Subscription, by: User, at: datetime) -> None:
    """Have the people sent to Thanx, and delete the file of the list. Raises NothingToConfirm."""
    with transaction.atomic():
        read = Subscription.objects.filter(pk=subscription.pk, confirmed_at=None, people__gt=0).exclude(read_at=None)
        facts = {"confirmed_by": by, "confirmed_at": at, "due_at": at, "correlation": correlation.current()}
        if read.update(**facts) != 1:
            raise NothingToConfirm
        drafts.forget_file(subscription)
        people = Subscriber.objects.filter(subscription=subscription).count()
        drafts.record("subscription confirmed", subscription, by=by, at=at, people=people)


def try_again(*, subscription: Subscription, by: User, at: datetime) -> None:
    """Send the refused people to Thanx again, and go on where a problem stopped the list. Raises NotConfirmedYet."""
    afresh = {"due_at": at, "lease_token": None, "problem": "", "done_at": None, "correlation": correlation.current()}
    with transaction.atomic():
        rows = Subscription.objects.filter(pk=subscription.pk).exclude(confirmed_at=None)
        if rows.update(**afresh) != 1:
            raise NotConfirmedYet
        refused = Subscriber.objects.filter(subscription=subscription, standing=Standing.REFUSED)
        again = refused.update(standing=Standing.WAITING, code="")
        rows.update(**_counts(subscription))
        drafts.record("subscription tried again", subscription, by=by, at=at, people=again)


def person_of(subscriber: Subscriber) -> NewSubscriber:
    """Return the person as they are sent to Thanx. Raises Unsealable."""
    fields = json.loads(unseal(subscriber.sealed, purpose=PERSON))
    born = fields.pop("birth_date")
    return NewSubscriber(**fields, birth_date=BirthDate(**born) if born else None)


def _counts(subscription: Subscription) -> dict[str, int]:
    rows = Subscriber.objects.filter(subscription=subscription).order_by()
    by_standing = dict(rows.values_list("standing").annotate(Count("pk")))
    return {"accepted": by_standing.get(Standing.ACCEPTED, 0), "refused": by_standing.get(Standing.REFUSED, 0)}


# --- The step ------------------------------------------------------------------------------------------------


class _Claim(Enum):
    OURS = "ours"
    ACCEPTED = "accepted by another list"
    ANOTHERS = "being sent by another list"


def submit_some_subscribers(*, clock: Clock = now) -> bool:
    """Send the next people of the list that has waited longest to Thanx. Return whether there was one."""
    rows = Subscription.objects.filter(done_at=None).exclude(confirmed_at=None).select_related("merchant")
    subscription = claim_one(rows, at=clock(), turn=whose_turn("merchant__thanx_id"))
    if subscription is None:
        return False
    # Where a call fails, a person who may have been accepted is sent once more, which changes nothing at Thanx.
    counted = partial(_counts, subscription)
    with row_put_off(subscription, scope=Scope.SUBSCRIBERS, clock=clock, try_again=TRY_AGAIN, facts=counted):
        with renewing(subscription, clock=clock):
            due_at = _submit_some(subscription, clock=clock)
        finish(subscription, due_at=due_at, done_at=None if due_at else clock(), problem="", **counted())
    return True


def _submit_some(subscription: Subscription, *, clock: Clock) -> datetime | None:
    """Send up to AT_ONCE people. Return when to go on, None when no person is left."""
    if not _may_send(subscription):
        return clock() + TRY_AGAIN
    waiting = subscription.subscribers.filter(standing__in=(Standing.WAITING, Standing.SENDING))
    thanx = connect.thanx(
        priority=connect.Priority.CATALOG,
        merchant=subscription.merchant.thanx_id,
        about=f"subscription:{subscription.pk}",
        max_wait=LONGEST_WAIT,
        consent=lambda: _may_send(subscription),
    )
    some, waits = list(waiting.order_by("line")[:AT_ONCE]), 0
    for subscriber in some:
        claim = _claim(subscription, subscriber)
        waits += claim is _Claim.ANOTHERS
        if claim is _Claim.OURS:
            _submit(subscription, subscriber, thanx, clock=clock)
        elif claim is _Claim.ACCEPTED:
            _record_answer(subscriber, Standing.ACCEPTED, code=ACCEPTED_BEFORE, at=clock())
    if not waiting.exists():
        return None
    return clock() + TRY_AGAIN if waits == len(some) else clock()


def _may_send(subscription: Subscription) -> bool:
    return not halts.is_halted(subscription.merchant_id)


def _claim(subscription: Subscription, subscriber: Subscriber) -> _Claim:
    """Save that a person is being sent, unless another list has sent the person, or is sending them.

    Two workers may reach one person on two lists at once, so claims of one merchant's subscribers go one at a time.
    """
    with transaction.atomic():
        hold_lock(on="subscribers", key=subscription.merchant_id)
        hold(subscription)
        mine = Subscriber.objects.filter(subscription__merchant=subscription.merchant_id)
        others = mine.filter(fingerprint=subscriber.fingerprint).exclude(pk=subscriber.pk)
        if others.filter(standing=Standing.ACCEPTED).exists():
            return _Claim.ACCEPTED
        sending = others.filter(standing=Standing.SENDING, subscription__due_at__isnull=False)
        if subscriber.standing == Standing.SENDING:  # of two lists that were cut off, the earlier one goes on
            sending = sending.filter(pk__lt=subscriber.pk)
        if sending.exists():
            return _Claim.ANOTHERS
        Subscriber.objects.filter(pk=subscriber.pk).update(standing=Standing.SENDING)
    return _Claim.OURS


def _submit(subscription: Subscription, subscriber: Subscriber, thanx: ThanxClient, *, clock: Clock) -> None:
    standing, code = Standing.ACCEPTED, ""
    try:
        thanx.subscribe(merchant_id=subscription.merchant.thanx_id, subscriber=person_of(subscriber))
    except errors.OutcomeUnknown:
        raise  # the person stays SENDING, so that no other list sends them
    except (errors.TryLater, errors.NotConfigured, errors.CredentialsRefused, errors.ScopeMissing):
        _record_answer(subscriber, Standing(subscriber.standing), code="", at=None)  # as before this attempt
        raise  # the next people would get the same answer
    except errors.Refused as error:
        standing, code = Standing.REFUSED, error.code or str(error.status or "")
    except Unsealable:
        standing, code = Standing.REFUSED, UNSEALABLE
    _record_answer(subscriber, standing, code=code, at=clock())


def _record_answer(subscriber: Subscriber, standing: Subscriber.Standing, *, code: str, at: datetime | None) -> None:
    Subscriber.objects.filter(pk=subscriber.pk).update(standing=standing, code=code, told_at=at)
