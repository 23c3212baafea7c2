"""The results of a merchant's campaigns: the list, one result, and its figures as a file."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from campaigns.models import Campaign
from lists import csv_out
from results.counting.counting_step import last_counted
from results.counting.documents import documented
from results.fixed_plans import plan_of
from results.models import CampaignResult
from results.pages.result import result_page
from results.pages.results_list import results_page
from ui.downloads import as_file


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    """Show the results of all campaigns with guests."""
    page = results_page(request.merchant, number=request.GET.get("page"))
    return render(request, "results/list.html", {"page": page})


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def page(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    """Show the result of one campaign as it was last counted."""
    campaign = _campaign_of(request, campaign_id)
    row = _row_of(campaign)
    document = last_counted(row, campaign, at=timezone.now())
    shown = result_page(campaign, document, counted_at=row.counted_at if row else None)
    return render(request, "results/result.html", {"page": shown})


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def as_json(request: MerchantRequest, campaign_id: int) -> HttpResponseBase:
    """Send every figure with the plan that it was read by, and the version that counted it."""
    campaign = _campaign_of(request, campaign_id)
    document = last_counted(_row_of(campaign), campaign, at=timezone.now())
    plan = plan_of(campaign)
    whole = {**documented(document), "days": document["days"], "plan": plan.fixed, "plan_digest": plan.digest}
    body = json.dumps({**whole, "version": settings.VERSION}, indent=2).encode()
    return as_file(iter([body]), name=f"result-{campaign.pk}.json")


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def as_table(request: MerchantRequest, campaign_id: int) -> HttpResponseBase:
    """Send every figure as a CSV file, one a line."""
    campaign = _campaign_of(request, campaign_id)
    document = documented(last_counted(_row_of(campaign), campaign, at=timezone.now()))
    return as_file(csv_out.as_csv(_lines(document)), name=f"result-{campaign.pk}.csv")


def _lines(document: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    yield "part", "name", "figure", "value"
    for figure in ("campaign", "state", "verdict", "sentence"):
        yield "result", "", figure, _cell(document[figure])
    yield from (("window", "", name, _cell(value)) for name, value in document["window"].items())
    parts = (("health", "check"), ("arms", "name"), ("comparisons", "arm"), ("net", "arm"))
    for part, key in parts:
        for row in document[part]:
            name = f"{row[key]}, {row['metric']}" if "metric" in row else row[key]
            yield from (
                (part, name, figure, _cell(value)) for figure, value in row.items() if figure not in (key, "metric")
            )
    yield "result", "", "version", settings.VERSION


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _row_of(campaign: Campaign) -> CampaignResult | None:
    return CampaignResult.objects.filter(campaign=campaign).first()


def _campaign_of(request: MerchantRequest, campaign_id: int) -> Campaign:
    """Return a campaign of the request's merchant. Raises Http404."""
    found = Campaign.objects.kept().filter(pk=campaign_id, merchant=request.merchant).first()
    if found is None:
        raise Http404
    found.merchant = request.merchant
    return found
