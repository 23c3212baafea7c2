"""Starting a confirmed issuance at once, pausing, resuming and stopping it."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import exports
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited
from issuance.files import not_sent_file
from issuance.pages.links import place
from issuance.pages.stop import stop_page
from issuance.sending import grace, stopping
from issuance.views.fetch import OVERTAKEN, confirmed_issuance_of
from ui.messages import message_on
from ui.wording import counted


@at_merchant(Act.ISSUE)
@require_POST
def start_now(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Start sending before the time to stop has passed."""
    issuance = confirmed_issuance_of(request, issuance_id)
    with message_on(request, {grace.HasBegun: OVERTAKEN}):
        grace.start_now(issuance=issuance, by=request.user, at=timezone.now())
    return redirect(place("detail", issuance))


@at_merchant(Act.PAUSE_ISSUANCES)
@require_POST
def pause(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    issuance = confirmed_issuance_of(request, issuance_id)
    with message_on(request, {stopping.NothingToChange: OVERTAKEN}):
        stopping.pause(issuance=issuance, by=request.user, at=timezone.now())
    return redirect(place("detail", issuance))


@at_merchant(Act.PAUSE_ISSUANCES)
@require_POST
def resume(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    issuance = confirmed_issuance_of(request, issuance_id)
    with message_on(request, {stopping.NothingToChange: OVERTAKEN}):
        stopping.resume(issuance=issuance, by=request.user, at=timezone.now())
    return redirect(place("detail", issuance))


@at_merchant(Act.PAUSE_ISSUANCES)
@require_http_methods(["GET", "POST"])
def stop(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show what a stop would leave unsent; then stop."""
    issuance = confirmed_issuance_of(request, issuance_id)
    if request.method != "POST":
        return render(request, "issuance/stop.html", {"page": stop_page(issuance)})
    with message_on(request, {stopping.NothingToChange: OVERTAKEN}):
        stopped = stopping.stop(issuance=issuance, by=request.user, at=timezone.now())
        unsent = f"{counted(stopped.jobs, 'job')} with {counted(stopped.guests, 'guest')}"
        messages.success(request, f"Stopped. {unsent} stay unsent; {stopped.gone:,} had gone before.")
    return redirect(place("detail", issuance))


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def not_sent(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the guests of stopped jobs as a file with its original columns."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return exports.download(
        request,
        not_sent_file.not_sent_csv(issuance),
        name=f"not-sent-{issuance.pk}.csv",
        on=issuance,
        guests=not_sent_file.not_sent(issuance).count(),
        at=timezone.now(),
    )
