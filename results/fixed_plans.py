"""The plan of an experiment: fixed and hashed at the first confirmation, before any call; changed later, it is told."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign
from issuance.models import Issuance
from results import population
from results.due_results import make_campaign_due
from results.models import ExperimentPlan

LOOKBACK = timedelta(days=90)
"""Before the start: what guests did then makes the comparison of spend sharper."""

ANALYSIS = "intention to treat; Newcombe and Welch at 95 %, each of several arms with its share of the error"


@dataclass(frozen=True, kw_only=True)
class Span:
    """The window of an experiment, all its issuances together, and when it is decided."""

    start: datetime
    end: datetime
    decision_at: datetime


def plan_of(campaign: Campaign) -> ExperimentPlan:
    """Return a campaign's plan; where none was made, the one that would be fixed."""
    return ExperimentPlan.objects.filter(campaign=campaign).first() or ExperimentPlan(campaign=campaign)


def window_end(plan: ExperimentPlan, campaign: Campaign, *, start: datetime) -> datetime:
    """Return when the window of guests who began at this time ends: one clock for all arms."""
    end = start + timedelta(days=plan.window_days)
    over = campaign.redeemable_to
    return min(end, over) if over is not None and over > start else end


def span_of(plan: ExperimentPlan, campaign: Campaign, issuances: list[Issuance]) -> Span | None:
    """Return the window and the decision date of a campaign with these issuances; None without one."""
    starts = [each.confirmed_at for each in issuances if each.confirmed_at is not None]
    if not starts:
        return None
    end = window_end(plan, campaign, start=max(starts))
    return Span(start=min(starts), end=end, decision_at=end + timedelta(days=plan.settle_days))


def fix_plan(*, issuance: Issuance, by: User | None, at: datetime) -> None:
    """Fix the plan of an issuance's campaign, unless it is fixed: with the confirmation, so before the first call."""
    if not population.of_merchant(issuance.merchant_id).filter(pk=issuance.pk).exists():
        return
    campaign = issuance.campaign
    plan, _ = ExperimentPlan.objects.get_or_create(campaign=campaign)
    if plan.fixed_at is None:
        fixed = contents_of(plan, campaign, start=at)
        digest = hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()
        ExperimentPlan.objects.filter(pk=plan.pk).update(fixed=fixed, digest=digest, fixed_at=at)
        audit.record(
            action="experiment's plan fixed",
            on=plan,
            by=by,
            at=at,
            merchant_id=issuance.merchant_id,
            plan=digest,
            window_days=plan.window_days,
            decision_at=fixed["decision_at"],
        )
    make_campaign_due(campaign, at=at)


def contents_of(plan: ExperimentPlan, campaign: Campaign, *, start: datetime) -> dict[str, Any]:
    """Return all that a plan fixes, as plain values."""
    end = window_end(plan, campaign, start=start)
    return {
        "metric": plan.metric,
        "window_days": plan.window_days,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "decision_at": (end + timedelta(days=plan.settle_days)).isoformat(),
        "shares": {variant.name: variant.share for variant in campaign.variants.all()},
        "population": "guests with an arm, whatever became of their reward; retries and reissues add no guest",
        "analysis": ANALYSIS,
    }


def change_plan(*, campaign: Campaign, window_days: int, settle_days: int, by: User | None, at: datetime) -> None:
    """Change the window and the days until the decision. After the plan was fixed, the result becomes exploratory."""
    with transaction.atomic():
        plan, _ = ExperimentPlan.objects.select_for_update().get_or_create(campaign=campaign)
        before = {"window_days": plan.window_days, "settle_days": plan.settle_days}
        after = {"window_days": window_days, "settle_days": settle_days}
        if before == after:
            return
        late = {"changed_at": at, "changed_by": by} if plan.fixed_at else {}
        ExperimentPlan.objects.filter(pk=plan.pk).update(**after, **late)
        audit.record(
            action="experiment's plan changed",
            on=plan,
            by=by,
            at=at,
            merchant_id=campaign.merchant_id,
            before=before,
            after=after,
        )
        make_campaign_due(campaign, at=at)
