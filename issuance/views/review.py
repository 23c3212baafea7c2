"""The last look before rewards go out, and the one confirmation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from engine.moves import IllegalMove, Overtaken
from issuance import canary as canaries
from issuance import confirmation
from issuance.forms import ConfirmForm
from issuance.models import DraftStep, Issuance
from issuance.pages.places import place, where_it_stands
from issuance.pages.review import review_page, waiting_page
from issuance.states import IssuanceState
from issuance.views.fetch import OVERTAKEN, issuance_of, visited


@at_merchant(Role.VIEWER)
@require_GET
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show what a confirmation would do."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.READING and issuance.step == DraftStep.REVIEW:
        return _waiting(request, issuance)
    if issuance.state != IssuanceState.READY:
        return redirect(where_it_stands(issuance))
    if request.headers.get("HX-Request"):
        return HttpResponseClientRefresh()
    visited(request, issuance, DraftStep.REVIEW)
    return _shown(request, issuance, ConfirmForm())


@at_merchant(Role.MARKETER)
@require_POST
def canary(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Choose whether a small job goes first; the review then tells the jobs as they will be."""
    issuance = issuance_of(request, issuance_id)
    wanted = request.POST.get("wanted") == "yes"
    try:
        canaries.choose(issuance=issuance, wanted=wanted, by=request.user, at=timezone.now())
    except canaries.StandsDifferently:
        messages.info(request, OVERTAKEN)
    return redirect(place("review", issuance))


@at_merchant(Role.MARKETER)
@require_POST
def confirm(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Let the rewards go out. A second click finds them going out already and changes nothing."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.CONFIRMED:
        return redirect(place("detail", issuance))
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _shown(request, issuance, form)
    try:
        confirmation.confirm(
            issuance=issuance,
            by=request.user,
            at=timezone.now(),
            acknowledged_same_file=form.cleaned_data["again"],
        )
    except (confirmation.ArmsMoved, IllegalMove, Overtaken) as change:
        words = str(change) if isinstance(change, confirmation.ArmsMoved) else OVERTAKEN
        messages.info(request, words)
        return redirect(place("review", issuance))
    except confirmation.NotConfirmable as refusal:
        _explain(form, refusal)
        return _shown(request, issuance, form)
    return redirect(place("detail", issuance))


def _explain(form: ConfirmForm, refusal: confirmation.NotConfirmable) -> None:
    """Say what the page does not say by itself."""
    if isinstance(refusal, confirmation.SameFileRecently):
        form.add_error("again", "Please tick this if you want the same people to get rewards again.")
    elif isinstance(refusal, confirmation.PeopleLost):
        form.add_error(None, str(refusal))


def _waiting(request: MerchantRequest, issuance: Issuance) -> HttpResponse:
    """Show that the people are read; the region that asks for itself brings the review as soon as they are."""
    template = "waiting" if request.headers.get("HX-Request") else "review_waiting"
    return render(request, f"issuance/{template}.html", {"page": waiting_page(issuance)})


def _shown(request: MerchantRequest, issuance: Issuance, form: ConfirmForm) -> HttpResponse:
    now = timezone.now()
    objection = confirmation.objection(issuance=issuance, at=now)
    same_file = confirmation.same_file(issuance, at=now)
    review = review_page(issuance, at=now, objection=objection, same_file=same_file)
    may_issue = request.role >= Role.MARKETER
    return render(request, "issuance/review.html", {"page": review, "form": form, "may_issue": may_issue})
