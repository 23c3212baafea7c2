"""Build a campaign. Every button saves the draft, so that nothing typed is lost."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from campaigns import schedule
from campaigns.catalog import refresh
from campaigns.draft import drafts
from campaigns.draft.content import (
    MOST_VARIANTS,
    Content,
    content_of,
    first_content,
    with_another_arm,
    with_control,
    without_arm,
)
from campaigns.draft.gaps import gaps
from campaigns.draft.recipes import with_recipe
from campaigns.forms import Builder, DatesForm
from campaigns.models import Campaign, RewardTemplate
from campaigns.pages.builder import builder_page, other_version, reward_picker_page, typed_number, window_page
from campaigns.pages.split import split_page
from campaigns.states import EDITABLE, CampaignState
from campaigns.views.fetch import campaign_of
from campaigns.zones import zone_of
from engine.moves import Overtaken


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MerchantRequest) -> HttpResponse:
    """Begin a draft. The first press of a button saves it."""
    if request.method == "POST":
        return _pressed(request, None)
    at, zone = timezone.now(), zone_of(request.merchant)
    refresh.mark_used(merchant=request.merchant, at=at)
    content = with_recipe(first_content(schedule.suggested_dates(at=at, zone=zone)), key=request.GET.get("recipe", ""))
    return _show(request, None, Builder.of_content(content, zone=zone))


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MerchantRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(request, campaign_id)
    if CampaignState(campaign.state) not in EDITABLE:
        return redirect("campaigns:detail", request.merchant.handle, campaign.pk)
    if request.method == "POST":
        return _pressed(request, campaign)
    return _show(request, campaign, Builder.of_content(content_of(campaign), zone=zone_of(request.merchant)))


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_GET
def window(request: MerchantRequest) -> HttpResponse:
    form = DatesForm(request.GET, zone=zone_of(request.merchant))
    form.is_valid()
    page = window_page(form.dates(), at=timezone.now())
    return render(request, "campaigns/builder_window.html", {"window": page})


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_GET
def split(request: MerchantRequest) -> HttpResponse:
    typed = [position for position in range(MOST_VARIANTS) if f"arm-{position}-name" in request.GET]
    page = split_page(
        names=[request.GET[f"arm-{position}-name"][:100] for position in typed],
        shares=[_percent(request.GET, f"arm-{position}-share") for position in typed],
        control_share=_percent(request.GET, "control_share") if "has_control" in request.GET else None,
    )
    return render(request, "campaigns/builder_split.html", {"split": page})


@at_merchant(Act.PREPARE_CAMPAIGNS)
@require_GET
def pick(request: MerchantRequest) -> HttpResponse:
    position = min(_number(request.GET.get("choose", "")), MOST_VARIANTS - 1)
    chosen = RewardTemplate.objects.filter(
        merchant=request.merchant, pk=_number(request.GET.get(f"arm-{position}-template", ""))
    ).first()
    page = reward_picker_page(request.merchant, position=position, chosen=chosen, query=request.GET.dict())
    return render(request, "campaigns/builder_cards.html", {"picker": page})


def _show(
    request: MerchantRequest, campaign: Campaign | None, builder: Builder, *, unsaved: Content | None = None
) -> HttpResponse:
    typed = request.POST
    query = request.GET if request.method != "POST" else {"choose": typed.get("choosing", ""), "q": typed.get("q", "")}
    page = builder_page(merchant=request.merchant, campaign=campaign, builder=builder, query=query, at=timezone.now())
    others = other_version(campaign, mine=unsaved) if campaign and unsaved else None
    return render(request, "campaigns/builder.html", {"page": page, "others": others})


def _pressed(request: MerchantRequest, campaign: Campaign | None) -> HttpResponse:
    builder = Builder.of_post(request.POST, zone=zone_of(request.merchant))
    if not builder.is_valid():
        return _show(request, campaign, builder)
    content = _changed(builder.content(), request.POST)
    try:
        campaign = _saved(request, campaign, content)
    except Overtaken:
        messages.warning(request, "This draft was confirmed or discarded in the meantime. What you typed is not in it.")
        return redirect("campaigns:list", request.merchant.handle)
    except drafts.SavedMeanwhile:
        assert campaign is not None  # a new draft was saved by no other user
        return _show(request, campaign_of(request, campaign.pk), builder, unsaved=content)
    if "save" in request.POST:
        messages.success(request, "Draft saved. You can leave and go on later.")
    if "review" not in request.POST:
        return redirect(_where_next(campaign, content, request.POST))
    missing = gaps(campaign, at=timezone.now())
    if not missing:
        return redirect("campaigns:review", request.merchant.handle, campaign.pk)
    builder.show(missing)
    return _show(request, campaign, builder)


def _saved(request: MerchantRequest, campaign: Campaign | None, content: Content) -> Campaign:
    if campaign is None:
        return drafts.start(merchant=request.merchant, content=content, by=request.user, at=timezone.now())
    seen = parse_datetime(request.POST.get("seen", ""))
    drafts.save(campaign=campaign, content=content, by=request.user, at=timezone.now(), seen=seen)
    return Campaign.objects.select_related("merchant").get(pk=campaign.pk)  # without the variants it had before


def _changed(content: Content, pressed: Mapping[str, Any]) -> Content:
    if "add_variant" in pressed:
        return with_another_arm(content)
    if "remove_variant" in pressed:
        return without_arm(content, position=_number(pressed["remove_variant"]))
    if "add_control" in pressed or "remove_control" in pressed:
        return with_control(content, wanted="add_control" in pressed)
    return content


def _where_next(campaign: Campaign, content: Content, pressed: Mapping[str, Any]) -> str:
    query: dict[str, Any] = {}
    anchor = "" if "save" in pressed else "arms"
    if "add_variant" in pressed:
        query = {"choose": len(content.arms) - 1}
    elif "choose" in pressed:
        query = {"choose": _number(pressed["choose"])}
    elif "search" in pressed or "page" in pressed:
        query = {"choose": _number(pressed.get("choosing", ""))}
        query |= {"q": pressed.get("q", ""), "page": _number(pressed.get("page", "1"))}
    if query:
        anchor = f"arm-{query['choose']}"
    address = reverse("campaigns:edit", args=[campaign.merchant.handle, campaign.pk])
    return address + (f"?{urlencode(query)}" if query else "") + (f"#{anchor}" if anchor else "")


def _percent(typed: Mapping[str, str], name: str) -> int:
    return min(_number(typed.get(name, "")), 100)


def _number(text: str) -> int:
    return typed_number(text) or 0
