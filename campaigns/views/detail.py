"""One campaign: its page, its review, its creation, and what may be done with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from campaigns import creation
from campaigns.catalog import refresh
from campaigns.draft import drafts
from campaigns.draft.gaps import DraftIncomplete, gaps
from campaigns.forms import SharesForm
from campaigns.models import Campaign
from campaigns.pages.detail import detail_page
from campaigns.states import CampaignState
from campaigns.views.fetch import campaign_of
from engine.moves import IllegalMove, Overtaken
from ui.messages import message_on

DISCARDABLE = (CampaignState.DRAFT, CampaignState.REFUSED)
SHARES_FIXED = "Guests have been assigned by these percentages, so they stay as they are."
CHANGED_MEANWHILE = "This campaign was changed in the meantime. This is how it stands now."
CHANGED = {IllegalMove: CHANGED_MEANWHILE, Overtaken: CHANGED_MEANWHILE}


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def page(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    refresh.mark_used(merchant=request.merchant, at=timezone.now())
    return _shown(request, campaign_of(request, campaign_id), "campaigns/detail.html")


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def state(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    """Show the part of the page that changes by itself while the campaign is being created."""
    return _shown(request, campaign_of(request, campaign_id), "campaigns/detail.html#campaign")


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(request, campaign_id)
    if campaign.state != CampaignState.DRAFT:
        return redirect("campaigns:detail", request.merchant.handle, campaign.pk)
    missing = tuple(gaps(campaign, at=timezone.now()))
    if request.method == "POST" and not missing:
        with message_on(request, {DraftIncomplete: CHANGED_MEANWHILE, **CHANGED}, level=messages.WARNING):
            creation.confirm(campaign=campaign, by=request.user, at=timezone.now())
        return redirect("campaigns:detail", request.merchant.handle, campaign.pk)
    shown = detail_page(campaign, rights=request.rights, at=timezone.now(), gaps=missing)
    return render(request, "campaigns/review.html", {"page": shown})


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(request, campaign_id)
    if campaign.state not in DISCARDABLE:
        messages.info(request, "Only drafts, and campaigns that Thanx refused, can be discarded.")
        return redirect("campaigns:detail", request.merchant.handle, campaign.pk)
    if request.method != "POST":
        back = reverse("campaigns:detail", args=[request.merchant.handle, campaign.pk])
        return render(request, "campaigns/discard.html", {"campaign": campaign, "back": back})
    with message_on(request, CHANGED, level=messages.WARNING):
        creation.discard(campaign=campaign, by=request.user, at=timezone.now())
        messages.success(request, "The draft is discarded.")
        return redirect("campaigns:list", request.merchant.handle)
    return redirect("campaigns:detail", request.merchant.handle, campaign.pk)


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_POST
def take_back(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(request, campaign_id)
    with message_on(request, CHANGED, level=messages.WARNING):
        creation.take_back(campaign=campaign, by=request.user, at=timezone.now())
        return redirect("campaigns:edit", request.merchant.handle, campaign.pk)
    return redirect("campaigns:detail", request.merchant.handle, campaign.pk)


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_POST
def duplicate(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    copy = drafts.duplicate(campaign=campaign_of(request, campaign_id), by=request.user, at=timezone.now())
    messages.success(request, "This is a copy. Check the name and the dates.")
    return redirect("campaigns:edit", request.merchant.handle, copy.pk)


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def shares(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(request, campaign_id)
    if drafts.shares_are_fixed(campaign):
        messages.info(request, SHARES_FIXED if campaign.state == CampaignState.LIVE else "Edit the draft instead.")
        return redirect("campaigns:detail", request.merchant.handle, campaign.pk)
    form = SharesForm(request.POST or None, variants=campaign.variants.all())
    if form.is_valid():
        with message_on(request, {drafts.SharesFixed: SHARES_FIXED}):
            drafts.set_shares(campaign=campaign, shares=form.shares(), by=request.user, at=timezone.now())
        return redirect("campaigns:detail", request.merchant.handle, campaign.pk)
    return render(request, "campaigns/shares.html", {"campaign": campaign, "form": form})


def _shown(request: MerchantRequest, campaign: Campaign, template: str) -> HttpResponse:
    return render(request, template, {"page": detail_page(campaign, rights=request.rights, at=timezone.now())})
