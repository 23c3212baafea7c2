"""The step that counts the results of campaigns anew, and the result as it was last counted."""

from datetime import datetime
from typing import Any

from campaigns.models import Campaign
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from results import population
from results.counting.documents import count, waiting
from results.due_results import SOON
from results.fixed_plans import plan_of, span_of
from results.models import CampaignResult, Visit


def count_one_result(*, clock: Clock = now) -> bool:
    """Count the result that has been due longest. Return whether there was one."""
    row = claim_one(CampaignResult.objects.select_related("campaign"), at=clock())
    if row is None:
        return False
    at = clock()
    with renewing(row, clock=clock):
        document = row.document if _is_forgotten(row.campaign) and row.document else count(row.campaign, at=at)
    finish(row, due_at=_next(row.campaign, at=at), document=document, counted_at=at)
    return True


def result_of(campaign: Campaign, *, at: datetime) -> dict[str, Any]:
    """Return a campaign's result as it was last counted; counted now where something has changed since."""
    row = CampaignResult.objects.filter(campaign=campaign).first()
    is_fresh = row is not None and row.document and (row.due_at is None or row.due_at > at) and row.lease_token is None
    if row is not None and row.document and (is_fresh or _is_forgotten(campaign)):
        document: dict[str, Any] = row.document
        return document
    return count(campaign, at=at)


def last_counted(row: CampaignResult | None, campaign: Campaign, *, at: datetime) -> dict[str, Any]:
    """Return a result for a page, which never counts a million guests itself: as a step has counted it last."""
    if row is None:
        return count(campaign, at=at)  # no guest has an arm yet
    return row.document or waiting(campaign)


def _next(campaign: Campaign, *, at: datetime) -> datetime | None:
    """Return when the result is counted again: at its decision date, or soon if purchases came while it was counted."""
    if Visit.objects.filter(merchant=campaign.merchant_id, seen_at__gt=at).exists():
        return at + SOON
    span = span_of(plan_of(campaign), campaign, population.issuances_of(campaign))
    return span.decision_at if span and span.decision_at > at else None


def _is_forgotten(campaign: Campaign) -> bool:
    """Whether guests were erased, so that what was counted cannot be counted again."""
    return any(each.forgotten_at for each in population.issuances_of(campaign))
