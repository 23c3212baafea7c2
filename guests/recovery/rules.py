"""Rules that queue rewards for feedback, in the name of the manager who switched the rule on.

A rule takes the feedback given since it was switched on, one at a time, and writes a recovery for each: queued, or
passed over for a reason. The batch of the queued ones goes on without the rule.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from accounts.permissions import Act, may
from campaigns import halts
from campaigns.models import Merchant, Variant
from engine import correlation
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, renewing
from guests import scopes
from guests.failed_calls import row_put_off
from guests.feedback.replies import ANSWERABLE
from guests.models import Feedback, Recovery, RecoveryRule
from guests.recovery import plans
from guests.recovery.recovery import (
    COUNTS,
    LATELY,
    UNREACHABLE,
    GuestUnreachable,
    Standing,
    identifier_of,
    queue,
    record,
    why_closed,
)
from guests.scopes import Scope
from partner_api import connect
from partner_api.pacing.turns import whose_turn

EVERY = timedelta(minutes=1)
TRY_AGAIN = timedelta(minutes=1)
AFTER_REFUSAL = timedelta(minutes=15)
LONGEST_WAIT = timedelta(seconds=10)

NO_MANAGER = "The manager who switched it on is no manager here any more. Another manager has to switch it on."


def set_up_rule(
    *, merchant: Merchant, variant: Variant, top_rating: int, within_days: int, by: User, at: datetime
) -> RecoveryRule:
    """Create a rule, switched off."""
    with transaction.atomic():
        terms = {"variant": variant, "top_rating": top_rating, "within_days": within_days}
        rule = RecoveryRule.objects.create(merchant=merchant, switched_by=by, switched_at=at, **terms)
        _record("recovery rule set up", rule, by=by, at=at, after=_terms(rule))
    return rule


def change_rule(
    *, rule: RecoveryRule, variant: Variant, top_rating: int, within_days: int, by: User, at: datetime
) -> None:
    """Change the terms of a rule from now on. It then acts in the name of `by`."""
    with transaction.atomic():
        found = _locked(rule)
        before = _terms(found)
        found.variant, found.top_rating, found.within_days = variant, top_rating, within_days
        terms = {"variant": variant, "top_rating": top_rating, "within_days": within_days}
        afresh = {"switched_by": by, "switched_at": at, "problem": "", "lease_token": None}
        RecoveryRule.objects.filter(pk=rule.pk).update(**terms, **afresh, due_at=at if found.is_on else None)
        _record("recovery rule changed", found, by=by, at=at, before=before, after=_terms(found))


def switch_rule(*, rule: RecoveryRule, on: bool, by: User, at: datetime) -> None:
    """Switch a rule on, for feedback given from now on, or off. Guests queued before stay queued."""
    with transaction.atomic():
        found = _locked(rule)
        facts = {"is_on": on, "switched_by": by, "switched_at": at, "problem": "", "due_at": at if on else None}
        facts |= {"lease_token": None, "correlation": correlation.current()}
        RecoveryRule.objects.filter(pk=rule.pk).update(**facts)
        action = "recovery rule switched on" if on else "recovery rule switched off"
        _record(action, found, by=by, at=at, before={"is_on": found.is_on}, after={"is_on": on})


def why_it_stops(rule: RecoveryRule, *, at: datetime) -> str:
    """Return why a rule that is on queues nothing at present, '' if it does."""
    if not may(rule.switched_by, Act.SET_RECOVERY_RULES, rule.merchant):
        return NO_MANAGER
    if closed := why_closed(rule.variant, at=at):
        return closed
    if stopped := halts.in_force(rule.merchant):
        return halts.words(stopped[0])
    return scopes.lacking(Scope.USERS)


# --- The step --------------------------------------------------------------------------------------------------


def follow_one_recovery_rule(*, clock: Clock = now) -> bool:
    """Take the next feedback of the rule that has waited longest. Return whether a rule was due.

    A rule that cannot queue at present is tried again every minute.
    """
    rows = RecoveryRule.objects.filter(is_on=True)
    related = ("merchant", "variant__campaign", "variant__reward_template", "switched_by")
    rule = claim_one(rows.select_related(*related), at=clock(), turn=whose_turn("merchant__thanx_id"))
    if rule is None:
        return False
    with row_put_off(rule, scope=Scope.USERS, clock=clock, try_again=TRY_AGAIN, after_refusal=AFTER_REFUSAL):
        problem = why_it_stops(rule, at=clock())
        feedback = None if problem else _next(rule)
        if feedback is None:
            finish(rule, due_at=clock() + EVERY, problem=problem[:300])
            return True
        with renewing(rule, clock=clock):
            _decide(rule, feedback, at=clock())
        finish(rule, due_at=clock(), problem="")
    return True


def _next(rule: RecoveryRule) -> Feedback | None:
    """Return the oldest unhandled feedback that falls under this rule and under no stricter one."""
    stricter = RecoveryRule.objects.filter(
        merchant=rule.merchant, is_on=True, problem="", top_rating__lt=rule.top_rating
    )
    above = stricter.aggregate(top=Max("top_rating"))["top"] or 0
    rows = Feedback.objects.filter(merchant=rule.merchant, given_at__gte=rule.switched_at, handled_at=None)
    rows = rows.filter(rating__gt=above, rating__lte=rule.top_rating, stage__in=sorted(ANSWERABLE), recovery=None)
    return rows.exclude(user_id="").select_related("merchant").order_by("given_at", "pk").first()


def _decide(rule: RecoveryRule, feedback: Feedback, *, at: datetime) -> None:
    """Queue the guest of a feedback, or pass the guest over. Thanx is not asked about a guest who had one lately."""
    guest, reason = None, LATELY
    if not _had_lately(rule, at=at, feedback__user_id=feedback.user_id):
        try:
            guest = identifier_of(feedback, priority=connect.Priority.CATALOG, max_wait=LONGEST_WAIT)
        except GuestUnreachable:
            reason = UNREACHABLE
    with transaction.atomic():
        plan = plans.locked_plan(rule.merchant)
        if not RecoveryRule.objects.filter(pk=rule.pk, is_on=True, lease_token=rule.lease_token).exists():
            raise LeaseLost  # a manager has switched it off, or changed it
        if Recovery.objects.filter(feedback=feedback).exists():
            return
        if guest is None or _had_lately(rule, at=at, fingerprint=guest.fingerprint_at(rule.merchant_id)):
            _pass_over(rule, feedback, reason, at=at)
            return
        whose: dict[str, Any] = {"variant": rule.variant, "rule": rule, "by": rule.switched_by}
        queue(feedback=feedback, guest=guest, plan=plan, **whose, daily=True, at=at)


def _had_lately(rule: RecoveryRule, *, at: datetime, **guest: object) -> bool:
    since = at - timedelta(days=rule.within_days)
    had = Recovery.objects.filter(merchant=rule.merchant, standing__in=COUNTS, at__gte=since)
    return had.filter(**guest).exists()


def _pass_over(rule: RecoveryRule, feedback: Feedback, reason: str, *, at: datetime) -> None:
    outcome = {"standing": Standing.PASSED_OVER, "reason": reason, "settled_at": at}
    whose = {"merchant": rule.merchant, "variant": rule.variant, "rule": rule, "by": rule.switched_by}
    recovery = Recovery.objects.create(feedback=feedback, at=at, **whose, **outcome)
    record("recovery passed over", recovery, by=None, at=at, rule=rule.pk, because=reason)


def _locked(rule: RecoveryRule) -> RecoveryRule:
    return RecoveryRule.objects.select_for_update(of=("self",), no_key=True).select_related("variant").get(pk=rule.pk)


def _terms(rule: RecoveryRule) -> dict[str, object]:
    return {"variant": rule.variant_id, "top_rating": rule.top_rating, "within_days": rule.within_days}


def _record(action: str, rule: RecoveryRule, *, by: User, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=rule, by=by, at=at, merchant_id=rule.merchant_id, **facts)
