"""When a merchant's daily batches go out, and the lock by which whoever queues, takes out or sends takes turns."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant, Variant
from campaigns.zones import zone_of
from guests.models import RecoveryBatch, RecoveryPlan
from guests.models.recovery import DAILY_AT


def daily_at(merchant: Merchant) -> time:
    """Return at which of the merchant's times the daily batches go out. One query."""
    plan = RecoveryPlan.objects.filter(merchant=merchant).first()
    return plan.daily_at if plan else DAILY_AT


def locked_plan(merchant: Merchant) -> RecoveryPlan:
    """Return a merchant's plan, to stay so for the rest of this transaction: all others wait here."""
    RecoveryPlan.objects.get_or_create(merchant=merchant)
    plans = RecoveryPlan.objects.select_related("merchant").select_for_update(of=("self",), no_key=True)
    return plans.get(merchant=merchant)


def change_daily_time(*, merchant: Merchant, to: time, by: User, at: datetime) -> None:
    """Let daily batches go out at another time. One that is being collected keeps its time: people have read it."""
    with transaction.atomic():
        plan = locked_plan(merchant)
        before = {"daily_at": plan.daily_at.isoformat("minutes")}
        RecoveryPlan.objects.filter(pk=plan.pk).update(daily_at=to)
        after = {"daily_at": to.isoformat("minutes")}
        audit.record(
            action="daily batch time changed",
            on=plan,
            by=by,
            at=at,
            merchant_id=merchant.pk,
            before=before,
            after=after,
        )


def next_moment(daily: time, *, merchant: Merchant, at: datetime) -> datetime:
    """Return when the next daily batch goes out that somebody who is queued now can still join."""
    zone = zone_of(merchant)
    today = at.astimezone(zone).date()
    days = (datetime.combine(today + timedelta(days=ahead), daily, tzinfo=zone) for ahead in range(3))
    return next(moment for moment in days if moment > at)


def batch_to_join(plan: RecoveryPlan, variant: Variant, *, at: datetime) -> RecoveryBatch:
    """Return the daily batch of a reward that is still being collected. Only while the plan is locked."""
    merchant = plan.merchant
    moment = next_moment(plan.daily_at, merchant=merchant, at=at)
    while True:
        day = moment.astimezone(zone_of(merchant)).date()
        found, _ = RecoveryBatch.objects.get_or_create(
            variant=variant, day=day, defaults={"merchant": merchant, "goes_at": moment, "due_at": moment}
        )
        if found.issuance_id is None and found.done_at is None:
            return found
        # It went out by an earlier time of the plan.
        moment = next_moment(plan.daily_at, merchant=merchant, at=moment)


def batch_at_once(merchant: Merchant, variant: Variant, *, at: datetime) -> RecoveryBatch:
    """Return a batch of its own for one guest, due now."""
    return RecoveryBatch.objects.create(merchant=merchant, variant=variant, goes_at=at, due_at=at)
