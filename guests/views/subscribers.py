"""Subscribing people: the lists, a new one, what will be sent, and how far it is."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import exports, reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.large_bodies import takes_files
from accounts.permissions import Act
from accounts.user_limits import limited
from campaigns.zones import zone_of
from guests import scopes
from guests.models import Subscription
from guests.pages.subscriber_columns import SubscriberColumnsPage, subscriber_columns_page
from guests.pages.subscribers import subscription_page, subscriptions_page
from guests.scopes import Scope
from guests.subscribers import drafts, reasons, subscribing
from guests.subscribers.forms import SubscribeForm, SubscriberColumnsForm
from guests.subscribers.left_out_file import not_subscribed_csv, not_subscribed_lines
from lists.file_problems import Unopenable
from lists.forms import PASTED, asked_format, why_not_stored
from lists.uploads import NoRoom, TooLarge
from ui.messages import message_on

CONSENT = ("statement", "source", "agreed_on")
MANY_DIGITS = 9
OVERTAKEN = "Another user has confirmed or discarded this list meanwhile."
CONFIRMED_OR_EMPTY = "This list has been confirmed already, or no guest is left on it."


@at_merchant(Act.SUBSCRIBE_GUESTS)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    page, rows = subscriptions_page(request.merchant.pk, number=request.GET.get("page", "1"))
    return render(request, "guests/subscribers.html", {"page": page, "rows": rows, "lacks": _lacks()})


@at_merchant(Act.SUBSCRIBE_GUESTS)
@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MerchantRequest) -> HttpResponse:
    today = timezone.now().astimezone(zone_of(request.merchant)).date()
    initial = _same_consent(request, request.GET.get("like", ""))
    form = SubscribeForm(
        request.POST or None, request.FILES or None, merchant=request.merchant, today=today, initial=initial
    )
    subscription = _added(request, form) if request.method == "POST" and form.is_valid() else None
    if subscription is None:
        return render(request, "guests/subscribers_new.html", {"form": form, "lacks": _lacks()})
    step = "subscription" if form.person else "subscription-columns"
    return redirect(f"guests:{step}", request.merchant.handle, subscription.pk)


def _same_consent(request: MerchantRequest, key: str) -> dict[str, Any]:
    if not key.isdecimal() or len(key) > MANY_DIGITS:
        return {}
    return dict(Subscription.objects.filter(merchant=request.merchant, pk=key).values(*CONSENT).first() or {})


def _added(request: MerchantRequest, form: SubscribeForm) -> Subscription | None:
    who: dict[str, Any] = {"merchant": request.merchant, "consent": form.consent, "by": request.user}
    if form.person:
        return drafts.add_person(person=form.person, at=timezone.now(), **who)
    file, name = form.table
    field = "pasted" if name == PASTED else "file"
    try:
        return drafts.add_list(file=file, name=name, at=timezone.now(), **who)
    except Unopenable as refusal:
        form.add_error(field, reasons.of_file(refusal.problem.value).advice)
    except (TooLarge, NoRoom) as error:
        form.add_error(field, why_not_stored(error))
    return None


@at_merchant(Act.SUBSCRIBE_GUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    """Show the first rows beside the guess, and let it be corrected; then the list is read."""
    subscription = _fetched(request, subscription_id)
    page = _columns_page(request, subscription) if hasattr(subscription, "file") else None
    if page is None:
        return redirect("guests:subscription", request.merchant.handle, subscription_id)
    form = SubscriberColumnsForm(request.POST or None, table=page.table)
    if form.wants_another_look:
        return redirect(f"{request.path}?{form.look_query}")
    if form.is_valid() and _settled(request, page, form):
        return redirect("guests:subscription", request.merchant.handle, subscription_id)
    return render(request, "guests/subscribers_columns.html", {"page": page, "form": form})


def _columns_page(request: MerchantRequest, subscription: Subscription) -> SubscriberColumnsPage | None:
    asked = asked_format(request.GET)
    return subscriber_columns_page(subscription, **asked) or subscriber_columns_page(subscription)


def _settled(request: MerchantRequest, page: SubscriberColumnsPage, form: SubscriberColumnsForm) -> bool:
    said: dict[str, Any] = {"table": page.table.recognised, "mapping": form.mapping}
    said["reads_hidden"] = form.reads_hidden
    try:
        drafts.settle_columns(subscription=page.subscription, **said, by=request.user, at=timezone.now())
    except drafts.NoLongerDraft:
        form.add_error(None, OVERTAKEN)
        return False
    return True


@at_merchant(Act.SUBSCRIBE_GUESTS)
@require_GET
def detail(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    """Show one list and how far it is; first the user says what its columns hold."""
    subscription = _fetched(request, subscription_id)
    if subscription.confirmed_at is None and hasattr(subscription, "file") and not subscription.file.columns:
        return redirect("guests:subscription-columns", request.merchant.handle, subscription_id)
    at, is_draft = timezone.now(), subscription.confirmed_at is None
    page = subscription_page(subscription, clear=is_draft or reveals.is_open(request, at=at))
    guests = len(page.remarks) + len(page.refused)
    reveal = None if is_draft or not guests else reveals.reveal_offer(request, on=subscription, guests=guests, at=at)
    shown: dict[str, Any] = {"page": page, "lacks": _lacks(), "reveal": reveal}
    part = "#progress" if request.headers.get("HX-Request") else ""
    return render(request, f"guests/subscribers_detail.html{part}", shown)


@at_merchant(Act.SUBSCRIBE_GUESTS)
@require_POST
def confirm(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    subscription = _fetched(request, subscription_id)
    with message_on(request, {subscribing.NothingToConfirm: CONFIRMED_OR_EMPTY}):
        subscribing.confirm(subscription=subscription, by=request.user, at=timezone.now())
    return redirect("guests:subscription", request.merchant.handle, subscription_id)


@at_merchant(Act.SUBSCRIBE_GUESTS)
@require_POST
def again(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    with message_on(request, {subscribing.NotConfirmedYet: "Nothing of this list has been sent yet."}):
        subscribing.try_again(subscription=_fetched(request, subscription_id), by=request.user, at=timezone.now())
    return redirect("guests:subscription", request.merchant.handle, subscription_id)


@at_merchant(Act.SUBSCRIBE_GUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: MerchantRequest, subscription_id: int) -> HttpResponse:
    subscription = _fetched(request, subscription_id)
    if subscription.confirmed_at is not None:
        return redirect("guests:subscription", request.merchant.handle, subscription_id)
    if request.method != "POST":
        return render(request, "guests/subscribers_discard.html", {"subscription": subscription})
    with message_on(request, {drafts.NoLongerDraft: OVERTAKEN}, level=messages.ERROR):
        drafts.discard(subscription=subscription, by=request.user, at=timezone.now())
        messages.success(request, "The list is discarded. Nothing of it was sent.")
    return redirect("guests:subscriptions", request.merchant.handle)


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def not_subscribed(request: MerchantRequest, subscription_id: int) -> StreamingHttpResponse:
    subscription = _fetched(request, subscription_id)
    return exports.download(
        request,
        not_subscribed_csv(subscription),
        name=f"not-subscribed-{subscription.pk}.csv",
        on=subscription,
        guests=not_subscribed_lines(subscription),
        at=timezone.now(),
    )


def _fetched(request: MerchantRequest, subscription_id: int) -> Subscription:
    rows = Subscription.objects.filter(merchant=request.merchant)
    return get_object_or_404(rows.select_related("created_by", "confirmed_by", "merchant", "file"), pk=subscription_id)


def _lacks() -> str:
    return "" if Scope.SUBSCRIBERS in scopes.held() else scopes.without(Scope.SUBSCRIBERS)
