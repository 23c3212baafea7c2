"""Subscribing people to a merchant's marketing: with their consent on record, at Thanx's pace, and each only once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine import correlation
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, kept
from guests.models import Subscriber, Subscription
from guests.scopes import Scope
from guests.subscriber_files import Found
from guests.troubles import trouble_of
from issuance.sealing import Fingerprinter, seal, unseal
from partner_api import connect, errors
from partner_api.client import ThanxClient
from partner_api.people import BirthDate, NewSubscriber

AT_ONCE = 20
TRY_AGAIN = timedelta(seconds=30)
LONGEST_WAIT = timedelta(seconds=10)
PURPOSE = "subscriber"
ACCEPTED_BEFORE = "accepted_before"
Standing = Subscriber.Standing


class NotConfirmable(Exception):
    """It was confirmed already, or nobody is left to subscribe."""


def prepare(
    *,
    merchant: Merchant,
    name: str,
    found: Found,
    statement: str,
    source: str,
    agreed_on: date,
    by: User,
    at: datetime,
) -> Subscription:
    """Write down who agreed to what, where and when. Nothing is sent before somebody confirms.

    Who was accepted for this merchant before is left out: nobody is submitted twice needlessly.
    """
    prints = Fingerprinter(merchant.pk)
    marked = [(line, person, prints.of(kind="email", value=person.email)) for line, person in found.people]
    before = _accepted_before(merchant, [mark for _, _, mark in marked])
    new = [one for one in marked if one[2] not in before]
    left_out = Counter(found.left_out)
    left_out[ACCEPTED_BEFORE] += len(marked) - len(new)
    with transaction.atomic():
        subscription = Subscription.objects.create(
            merchant=merchant,
            name=name[:255],
            statement=statement,
            source=source,
            agreed_on=agreed_on,
            created_by=by,
            created_at=at,
            left_out={reason: number for reason, number in left_out.items() if number},
            notes={note: number for note, number in found.notes.items() if number},
        )
        Subscriber.objects.bulk_create(
            (
                Subscriber(subscription=subscription, line=line, fingerprint=mark, sealed=_sealed(person))
                for line, person, mark in new
            ),
            batch_size=1_000,
        )
        facts: dict[str, Any] = {"people": len(new), "left_out": sum(left_out.values())}
        audit.record(action="consent recorded", on=subscription, by=by, at=at, merchant_id=merchant.pk, **facts)
    return subscription


def confirm(*, subscription: Subscription, by: User, at: datetime) -> None:
    """Let the people be handed to Thanx. Raises NotConfirmable."""
    with transaction.atomic():
        open_ones = Subscription.objects.filter(pk=subscription.pk, confirmed_at=None)
        people = Subscriber.objects.filter(subscription=subscription, standing=Standing.WAITING).count()
        facts = {"confirmed_by": by, "confirmed_at": at, "due_at": at, "correlation": correlation.current()}
        if not people or open_ones.update(**facts) != 1:
            raise NotConfirmable
        _record(subscription, "subscription confirmed", by=by, at=at, people=people)


def try_again(*, subscription: Subscription, by: User, at: datetime) -> None:
    """Hand those who were refused to Thanx once more, and go on where a problem stopped it."""
    with transaction.atomic():
        refused = Subscriber.objects.filter(subscription=subscription, standing=Standing.REFUSED)
        again = refused.update(standing=Standing.WAITING, code="")
        rows = Subscription.objects.filter(pk=subscription.pk).exclude(confirmed_at=None)
        rows.update(due_at=at, lease_token=None, problem="", done_at=None, correlation=correlation.current())
        _record(subscription, "subscription tried again", by=by, at=at, people=again)


def counts_of(subscriptions: Sequence[Subscription]) -> dict[int, Counter[str]]:
    """Return how many people stand where, by subscription. One query."""
    rows = Subscriber.objects.filter(subscription__in=subscriptions).order_by()
    counts: dict[int, Counter[str]] = {one.pk: Counter() for one in subscriptions}
    for pk, standing, number in rows.values_list("subscription_id", "standing").annotate(Count("pk")):
        counts[pk][standing] = number
    return counts


def person_of(subscriber: Subscriber) -> NewSubscriber:
    """Return who somebody is. Raises Unsealable."""
    told = json.loads(unseal(subscriber.sealed, purpose=PURPOSE))
    born = told.pop("birth_date")
    return NewSubscriber(**told, birth_date=BirthDate(**born) if born else None)


# --- The step ------------------------------------------------------------------------------------------------


def submit_some_subscribers(*, clock: Clock = now) -> bool:
    """Hand the next people of the subscription that has waited longest to Thanx. Return whether there was one."""
    rows = Subscription.objects.filter(done_at=None).exclude(confirmed_at=None).select_related("merchant")
    subscription = claim_one(rows, at=clock())
    if subscription is None:
        return False
    try:
        with kept(subscription, clock=clock):
            is_done = _submit_some(subscription, clock=clock)
        finish(subscription, due_at=None if is_done else clock(), done_at=clock() if is_done else None, problem="")
    except (errors.TryLater, errors.OutcomeUnknown) as error:
        # Who may have been accepted is handed over once more, which changes nothing at Thanx.
        not_before = error.not_before if isinstance(error, errors.TryLater) else None
        finish(subscription, due_at=not_before or clock() + TRY_AGAIN)
    except errors.Refused as error:
        trouble = trouble_of(error, scope=Scope.SUBSCRIBERS)
        finish(subscription, due_at=None, problem=f"{trouble.title}. {trouble.todo}"[:200])
    except LeaseLost:
        return True
    return True


def _submit_some(subscription: Subscription, *, clock: Clock) -> bool:
    """Submit up to AT_ONCE people; return whether nobody is left."""
    waiting = subscription.subscribers.filter(standing=Standing.WAITING)
    thanx = connect.thanx(
        priority=connect.Priority.CATALOG, about=f"subscription:{subscription.pk}", max_wait=LONGEST_WAIT
    )
    for subscriber in waiting.order_by("line")[:AT_ONCE]:
        _submit(subscriber, thanx, merchant_id=subscription.merchant.thanx_id, clock=clock)
    return not waiting.exists()


def _submit(subscriber: Subscriber, thanx: ThanxClient, *, merchant_id: str, clock: Clock) -> None:
    standing, code = Standing.ACCEPTED, ""
    if _is_accepted(subscriber):  # on another list, which was prepared at the same time
        Subscriber.objects.filter(pk=subscriber.pk).update(standing=standing, code=ACCEPTED_BEFORE, told_at=clock())
        return
    try:
        thanx.subscribe(merchant_id=merchant_id, subscriber=person_of(subscriber))
    except (errors.NotConfigured, errors.CredentialsRefused, errors.ScopeMissing):
        raise  # it would be the same for everybody
    except errors.Refused as error:
        standing, code = Standing.REFUSED, error.code or str(error.status or "")
    Subscriber.objects.filter(pk=subscriber.pk).update(standing=standing, code=code, told_at=clock())


def _is_accepted(subscriber: Subscriber) -> bool:
    same = Subscriber.objects.filter(
        fingerprint=subscriber.fingerprint, subscription__merchant=subscriber.subscription.merchant
    )
    return same.filter(standing=Standing.ACCEPTED).exclude(pk=subscriber.pk).exists()


def _accepted_before(merchant: Merchant, prints: Sequence[bytes]) -> set[bytes]:
    """Return those of the fingerprints that were accepted, or wait to be, in a confirmed subscription."""
    found: set[bytes] = set()
    for first in range(0, len(prints), 500):
        rows = Subscriber.objects.filter(
            fingerprint__in=prints[first : first + 500], subscription__merchant=merchant
        ).exclude(standing=Standing.REFUSED)
        found |= {
            bytes(one) for one in rows.exclude(subscription__confirmed_at=None).values_list("fingerprint", flat=True)
        }
    return found


def _sealed(person: NewSubscriber) -> bytes:
    return seal(json.dumps(asdict(person)).encode(), purpose=PURPOSE)


def _record(subscription: Subscription, action: str, *, by: User, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=subscription, by=by, at=at, merchant_id=subscription.merchant_id, **facts)
