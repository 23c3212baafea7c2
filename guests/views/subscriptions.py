"""Subscribing people: the lists, a new one, what will be sent, and how far it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from campaigns.zones import zone_of
from guests import scopes, subscribing
from guests.forms import SubscribeForm
from guests.models import Subscription
from guests.pages.subscriptions import subscription_page, subscriptions_page
from guests.scopes import Scope


@at_merchant(Role.MARKETER)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    """List the lists."""
    page, rows = subscriptions_page(request.merchant.pk, number=request.GET.get("page", "1"))
    return render(request, "guests/subscriptions.html", {"page": page, "rows": rows, "lacks": _lacks()})


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MerchantRequest) -> HttpResponse:
    """Write down who agreed to what; nothing is sent yet."""
    now = timezone.now()
    today = now.astimezone(zone_of(request.merchant)).date()
    form = SubscribeForm(request.POST or None, request.FILES or None, merchant=request.merchant, today=today)
    if request.method != "POST" or not form.is_valid():
        return render(request, "guests/subscribe.html", {"form": form, "lacks": _lacks()})
    file = form.cleaned_data["file"]
    subscription = subscribing.prepare(
        merchant=request.merchant,
        name=file.name if file else "",
        found=form.found,
        statement=form.cleaned_data["statement"],
        source=form.cleaned_data["source"],
        agreed_on=form.cleaned_data["agreed_on"],
        by=request.user,
        at=now,
    )
    return redirect("guests:subscription", request.merchant.handle, subscription.pk)


@at_merchant(Role.MARKETER)
@require_GET
def detail(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    """Show one list and how far it is."""
    shown: dict[str, Any] = {"page": subscription_page(_fetched(request, subscription_id)), "lacks": _lacks()}
    name = "guests/subscription.html#progress" if request.headers.get("HX-Request") else "guests/subscription.html"
    return render(request, name, shown)


@at_merchant(Role.MARKETER)
@require_POST
def confirm(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    """Let the people be handed to Thanx."""
    subscription = _fetched(request, subscription_id)
    try:
        subscribing.confirm(subscription=subscription, by=request.user, at=timezone.now())
    except subscribing.NotConfirmable:
        messages.info(request, "This list has been confirmed already, or nobody is left on it.")
    return redirect("guests:subscription", request.merchant.handle, subscription_id)


@at_merchant(Role.MARKETER)
@require_POST
def again(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    """Hand those who were refused to Thanx once more."""
    subscribing.try_again(subscription=_fetched(request, subscription_id), by=request.user, at=timezone.now())
    return redirect("guests:subscription", request.merchant.handle, subscription_id)


def _fetched(request: MerchantRequest, subscription_id: int) -> Subscription:
    rows = Subscription.objects.filter(merchant=request.merchant).select_related("created_by", "confirmed_by")
    return get_object_or_404(rows, pk=subscription_id)


def _lacks() -> str:
    return "" if Scope.SUBSCRIBERS in scopes.held() else scopes.without(Scope.SUBSCRIBERS)
