"""Recover a guest: queue a reward of a live campaign for a feedback, at once or with the daily batch.

Thanx is asked for the guest's identifier before anything is written. Then one row is the reward, and a step takes it
through the same intake and confirmation as every other issuance.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign, Merchant, Variant
from campaigns.states import CampaignState
from engine import correlation
from guests.lookup.lookup import identifiers_of
from guests.models import Feedback, Recovery, RecoveryBatch, RecoveryPlan, RecoveryRule
from guests.recovery import plans
from partner_api import connect, errors
from vault.fields import purpose_of
from vault.sealing import fingerprint_of, seal

PURPOSE = purpose_of(Recovery, "sealed_identifier")
Standing = Recovery.Standing

SAID = frozenset({"rated", "reviewed", "responded"})
"""The stages of feedback that a reward can be given for."""

AGAIN = frozenset({Standing.MISSED, Standing.TAKEN_OUT, Standing.PASSED_OVER})
"""Nothing goes out for these, so that another reward may be chosen."""

COUNTS = frozenset({Standing.QUEUED, Standing.JOINED})
"""What a rule counts as a reward that the guest has had, or will have."""

LATELY = "The guest had a reward for feedback lately."
UNREACHABLE = "Thanx knows neither an email address nor a phone number of this guest."


class AlreadyRecovered(Exception):
    """A reward is queued or given for the feedback already, or the feedback is not of a kind that gets one."""


class GuestUnreachable(Exception):
    """Thanx has neither an email address nor a phone number of the guest."""


class RewardClosed(Exception):
    """The campaign is over or not live, or its reward is not published any more. The text says which."""


class TooLate(Exception):
    """The guest's batch has become an issuance, or the guest is in no batch."""


@dataclass(frozen=True, kw_only=True)
class GuestIdentifier:
    """The identifier by which a guest gets the reward: normalised, and stored only encrypted."""

    kind: str
    value: str

    def fingerprint_at(self, merchant_id: int) -> bytes:
        """Return the fingerprint under which this merchant's lists and recoveries name the guest."""
        return fingerprint_of(merchant_id=merchant_id, kind=self.kind, value=self.value)


def rewards_of(merchant: Merchant, *, at: datetime) -> list[Variant]:
    """Return the rewards that can be given: those of live campaigns that are not over. One query."""
    live = Campaign.objects.live().filter(merchant=merchant, end_at__gt=at)
    rows = Variant.objects.filter(campaign__in=live, reward_template__isnull=False)
    rows = rows.filter(reward_template__unpublished_at=None)
    return list(rows.select_related("campaign", "reward_template").order_by("campaign__name", "campaign", "position"))


def why_closed(variant: Variant, *, at: datetime) -> str:
    """Return why a reward cannot be given now, '' if it can."""
    campaign, template = variant.campaign, variant.reward_template
    if campaign.state != CampaignState.LIVE:
        return "The campaign is not live at Thanx."
    if campaign.end_at is not None and campaign.end_at <= at:
        return "The campaign is over."
    is_published = template is not None and template.unpublished_at is None
    return "" if is_published else "The reward was unpublished at Thanx."


def identifier_of(
    feedback: Feedback, *, priority: connect.Priority, max_wait: timedelta | None = None
) -> GuestIdentifier:
    """Ask Thanx for the guest's address or number. Raises GuestUnreachable and PartnerError.

    Do not call it in a transaction: it waits for the answer.
    """
    merchant_id = feedback.merchant.thanx_id
    thanx = connect.thanx(priority=priority, merchant=merchant_id, about=f"recovery:{feedback.pk}", max_wait=max_wait)
    try:
        user = thanx.user(id=feedback.user_id, merchant_id=merchant_id)
    except errors.NotFound:
        raise GuestUnreachable from None
    found = identifiers_of(user.email, user.phone, country=feedback.merchant.country)
    if not found:
        raise GuestUnreachable
    kind, value = found[0]
    return GuestIdentifier(kind=kind, value=value)


def recover(*, feedback: Feedback, variant: Variant, daily: bool, by: User, at: datetime) -> Recovery:
    """Queue a reward for the guest, with the daily batch or at once: exactly one, however often this is called.

    Raises AlreadyRecovered, RewardClosed, GuestUnreachable and PartnerError; then nothing has changed.
    """
    if not can_be_recovered(feedback):
        raise AlreadyRecovered
    if closed := why_closed(variant, at=at):
        raise RewardClosed(closed)
    guest = identifier_of(feedback, priority=connect.Priority.USER_ACTION)
    with transaction.atomic():
        plan = plans.locked_plan(feedback.merchant)
        if not can_be_recovered(feedback):
            raise AlreadyRecovered
        return queue(feedback=feedback, variant=variant, guest=guest, plan=plan, daily=daily, by=by, at=at)


def can_be_recovered(feedback: Feedback) -> bool:
    """Whether a reward can be queued for a feedback: it has the right stage, and no reward yet. One query."""
    if not feedback.user_id or feedback.stage not in SAID:
        return False
    return not Recovery.objects.filter(feedback=feedback).exclude(standing__in=AGAIN).exists()


def queue(
    *,
    feedback: Feedback,
    variant: Variant,
    guest: GuestIdentifier,
    plan: RecoveryPlan,
    daily: bool,
    by: User,
    at: datetime,
    rule: RecoveryRule | None = None,
) -> Recovery:
    """Queue a reward. Call it with the plan locked (`plans.locked_plan`) and the feedback found open since."""
    join = plans.batch_to_join if daily else plans.batch_at_once
    batch = join(plan, variant, at=at)
    facts: dict[str, Any] = {"variant": variant, "batch": batch, "rule": rule, "by": by, "at": at}
    facts |= {"merchant": plan.merchant, "standing": Standing.QUEUED, "reason": "", "settled_at": None}
    facts["fingerprint"] = guest.fingerprint_at(plan.merchant_id)
    facts["sealed_identifier"] = seal(guest.value.encode(), purpose=PURPOSE)
    recovery, _ = Recovery.objects.update_or_create(feedback=feedback, defaults=facts)
    RecoveryBatch.objects.filter(pk=batch.pk).update(correlation=correlation.current())
    what = {"campaign": variant.campaign_id, "variant": variant.name, "goes_at": batch.goes_at.isoformat()}
    whose = {"batch": batch.pk, "rule": rule.pk if rule else None}
    record("recovery queued", recovery, by=None if rule else by, at=at, **what, **whose)
    return recovery


def take_out(*, feedback: Feedback, by: User, at: datetime) -> None:
    """Take a guest out of the daily batch before it becomes an issuance. Raises TooLate."""
    with transaction.atomic():
        plans.locked_plan(feedback.merchant)
        waiting = Recovery.objects.filter(feedback=feedback, standing=Standing.QUEUED, batch__issuance=None)
        recovery = waiting.first()
        if recovery is None:
            raise TooLate
        gone = {"standing": Standing.TAKEN_OUT, "reason": f"Taken out by {by}."[:300], "settled_at": at}
        Recovery.objects.filter(pk=recovery.pk).update(**gone, batch=None, sealed_identifier=b"")
        record("recovery taken out", recovery, by=by, at=at, batch=recovery.batch_id)


def record(action: str, recovery: Recovery, *, by: User | None, at: datetime, **facts: Any) -> None:
    """Append an act on a recovery to the audit trail, with its feedback."""
    facts = {"feedback": recovery.feedback_id, **facts}
    audit.record(action=action, on=recovery, by=by, at=at, merchant_id=recovery.merchant_id, **facts)
