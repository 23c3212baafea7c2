"""When a merchant's daily batches go out, and the lock under which guests are queued, taken out and sent."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant, Variant
from campaigns.zones import zone_of
from guests.models import RecoveryBatch, RecoveryPlan
from guests.models.recovery import DAILY_AT


def daily_at(merchant: Merchant) -> time:
    """Return the time of day, in the merchant's zone, at which daily batches go out. One query."""
    plan = RecoveryPlan.objects.filter(merchant=merchant).first()
    return plan.daily_at if plan else DAILY_AT


def locked_plan(merchant: Merchant) -> RecoveryPlan:
    """Lock a merchant's plan for the rest of this transaction and return it. Other transactions wait here."""
    RecoveryPlan.objects.get_or_create(merchant=merchant)
    plans = RecoveryPlan.objects.select_related("merchant").select_for_update(of=("self",), no_key=True)
    return plans.get(merchant=merchant)


def change_daily_time(*, merchant: Merchant, to: time, by: User, at: datetime) -> None:
    """Change the time of daily batches. A batch that is being collected keeps its time, which users have read."""
    with transaction.atomic():
        plan = locked_plan(merchant)
        before = {"daily_at": plan.daily_at.isoformat("minutes")}
        RecoveryPlan.objects.filter(pk=plan.pk).update(daily_at=to)
        after = {"daily_at": to.isoformat("minutes")}
        change: dict[str, Any] = {"before": before, "after": after}
        audit.record(action="daily batch time changed", on=plan, by=by, at=at, merchant_id=merchant.pk, **change)


def next_moment(daily: time, *, merchant: Merchant, at: datetime) -> datetime:
    """Return when the next daily batch goes out that a guest queued at `at` can join."""
    zone = zone_of(merchant)
    today = at.astimezone(zone).date()
    days = (datetime.combine(today + timedelta(days=ahead), daily, tzinfo=zone) for ahead in range(3))
    return next(moment for moment in days if moment > at)


def batch_to_join(plan: RecoveryPlan, variant: Variant, *, at: datetime) -> RecoveryBatch:
    """Return the daily batch of a reward that is being collected. Call it with the plan locked."""
    merchant = plan.merchant
    moment = next_moment(plan.daily_at, merchant=merchant, at=at)
    while True:
        day = moment.astimezone(zone_of(merchant)).date()
        found, _ = RecoveryBatch.objects.get_or_create(
            variant=variant, day=day, defaults={"merchant": merchant, "goes_at": moment, "due_at": moment}
        )
        if found.issuance_id is None and found.done_at is None:
            return found
        # That day's batch went out at an earlier time, before the plan was changed.
        moment = next_moment(plan.daily_at, merchant=merchant, at=moment)


def batch_at_once(plan: RecoveryPlan, variant: Variant, *, at: datetime) -> RecoveryBatch:
    """Return a new batch for one guest, due now."""
    return RecoveryBatch.objects.create(merchant=plan.merchant, variant=variant, goes_at=at, due_at=at)
