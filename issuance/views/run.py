"""The page of a run. It makes no call to Thanx; its region polls itself while there is anything to wait for."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import User
from accounts.permissions import Act
from accounts.user_limits import limited
from issuance.forms.run import DecideForm
from issuance.jobs import polling
from issuance.lifetimes.words import lifetime_of
from issuance.models import Batch
from issuance.pages.links import place, where_it_stands
from issuance.pages.run.page import RunPage, run_page
from issuance.pages.run.run_facts import facts_of
from issuance.sending import decisions
from issuance.sending.decisions import JobDecision
from issuance.states import IssuanceState
from issuance.views.fetch import CHANGED, batch_of, confirmed_issuance_of, issuance_of
from ui.messages import message_on


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show a run; a draft is continued instead."""
    issuance, now = issuance_of(request, issuance_id), timezone.now()
    if issuance.state != IssuanceState.CONFIRMED:
        return redirect(where_it_stands(issuance))
    shown = run_page(facts_of(issuance, at=now), whole_log=request.GET.get("log") == "all")
    return _shown(request, shown, "run", lifetime=lifetime_of(issuance, at=now))


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def progress(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Return the region of the page that changes, or nothing (204) when the browser has it as it is."""
    issuance = confirmed_issuance_of(request, issuance_id)
    if not request.headers.get("HX-Request"):
        return redirect(place("detail", issuance))
    facts = facts_of(issuance, at=timezone.now())
    if request.GET.get("seen") == facts.version:
        return HttpResponse(status=204)
    return _shown(request, run_page(facts), "run_region")


@at_merchant(Act.FOLLOW_UP)
@limited("checks")
@require_POST
def check_now(request: MerchantRequest, issuance_id: int, number: int) -> HttpResponse:
    issuance = confirmed_issuance_of(request, issuance_id)
    batch = batch_of(issuance, number)
    nothing = f"Job {number} has nothing more to tell."
    with message_on(request, {polling.TooSoon: partial(_too_soon, number), polling.NothingToCheck: nothing}):
        polling.check_now(batch=batch, by=request.user, at=timezone.now())
        messages.success(request, f"Job {number} is being read.")
    return redirect(place("detail", issuance))


@at_merchant(Act.FOLLOW_UP)
@require_POST
def decide(request: MerchantRequest, issuance_id: int, number: int) -> HttpResponse:
    """Carry out a user's decision on a job whose outcome is not known."""
    issuance = confirmed_issuance_of(request, issuance_id)
    batch = batch_of(issuance, number)
    form = DecideForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Please choose what to do.")
        return redirect(place("detail", issuance))
    with message_on(request, CHANGED), message_on(request, {decisions.NotPossible: str}, level=messages.ERROR):
        _decided(batch, form, by=request.user)
        messages.success(request, f"Job {number}: your decision is recorded, and this goes on by itself.")
    return redirect(place("detail", issuance))


def _too_soon(number: int, refusal: polling.TooSoon) -> str:
    seconds = max(1, round((refusal.again_at - timezone.now()).total_seconds()))
    return f"Job {number} was read less than a minute ago. It can be read again in {seconds} s."


def _decided(batch: Batch, form: DecideForm, *, by: User) -> None:
    at = timezone.now()
    match JobDecision(form.cleaned_data["decision"]):
        case JobDecision.ASK_AGAIN:
            decisions.ask_again(batch=batch, by=by, at=at)
        case JobDecision.NAME_JOB:
            decisions.name_job(batch=batch, job_id=form.cleaned_data["job_id"], by=by, at=at)
        case JobDecision.WATCH_AGAIN:
            decisions.watch_again(batch=batch, by=by, at=at)
        case JobDecision.SETTLE:
            decisions.settle_as_not_issued(batch=batch, by=by, at=at)


def _shown(request: MerchantRequest, page: RunPage, template: str, **more: str) -> HttpResponse:
    may_act = request.rights.may(Act.FOLLOW_UP)
    return render(request, f"issuance/{template}.html", {"page": page, "may_act": may_act, **more})
