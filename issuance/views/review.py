"""The review of a draft, and its confirmation."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from engine.moves import IllegalMove, Overtaken
from issuance.approvals.to_issue import RequestVoided
from issuance.approvals.two_person import AlreadyAsked, MayNotAnswer, NotWaiting
from issuance.forms.approval import DeclineForm
from issuance.forms.review import ConfirmForm
from issuance.models import DraftStep, Issuance
from issuance.pages.links import place, where_it_stands
from issuance.pages.review import review_page, waiting_page
from issuance.sending import canary, confirmation, dry_run, grace, refusals, role_limits
from issuance.sending.dry_run import DryRun
from issuance.sending.refusals import ActRefused
from issuance.states import IssuanceState
from issuance.views.fetch import OVERTAKEN, issuance_of, posted, visited
from ui.messages import message_on

REVIEWED = (IssuanceState.READY, IssuanceState.WAITING_FOR_APPROVAL)


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show what a confirmation would do, or what waits for approval."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.READING and issuance.step == DraftStep.REVIEW:
        return _waiting(request, issuance)
    if issuance.state not in REVIEWED:
        return redirect(where_it_stands(issuance))
    if request.headers.get("HX-Request"):
        return HttpResponseClientRefresh()
    visited(request, issuance, DraftStep.REVIEW)
    return shown(request, issuance)


@at_merchant(Act.PREPARE_ISSUANCES)
@require_POST
def choose_canary(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Choose whether a small job goes first; the review shows the jobs that follow from it."""
    issuance = issuance_of(request, issuance_id)
    wanted = request.POST.get("wanted") == "yes"
    with message_on(request, {canary.DraftNotReady: OVERTAKEN}):
        canary.choose(issuance=issuance, wanted=wanted, by=request.user, at=timezone.now())
    return redirect(place("review", issuance))


@at_merchant(Act.ISSUE)
@require_POST
def confirm(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Confirm a draft, so that its rewards go out. A second click changes nothing."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state != IssuanceState.READY:
        return redirect(where_it_stands(issuance))
    run = dry_run.of_issuance(issuance)
    form = review_form(request, run)
    if not form.is_valid():
        return shown(request, issuance, form)
    return decided(request, issuance, form, partial(confirmation.confirm, grace=grace.grace_for(rewards=run.rewards)))


def review_form(request: MerchantRequest, run: DryRun) -> ConfirmForm:
    """Return the form by which rewards go out; the number of rewards is typed where the user's role wants that."""
    return ConfirmForm(posted(request), run=run, typed=role_limits.is_typed(request.role, run.size))


def decided(request: MerchantRequest, issuance: Issuance, form: ConfirmForm, act: Callable[..., Any]) -> HttpResponse:
    """Do an act and lead to the issuance's next page; or explain beside the button why it was refused."""
    accepted = form.cleaned_data["again"]
    try:
        act(issuance=issuance, by=request.user, at=timezone.now(), acknowledged_same_file=accepted)
    except (RequestVoided, AlreadyAsked, NotWaiting, refusals.ReadAgain, IllegalMove, Overtaken) as change:
        words = str(change) if isinstance(change, ActRefused) else OVERTAKEN
        messages.info(request, words)
        return redirect(place("review", issuance))
    except ActRefused as refusal:
        _explain(form, refusal)
        return shown(request, issuance, form)
    return redirect(where_it_stands(issuance))


def _explain(form: ConfirmForm, refusal: ActRefused) -> None:
    """Show the refusals that the page does not state by itself."""
    if isinstance(refusal, refusals.SameFileRecently):
        form.add_error("again", "Please tick this if you want the same people to get rewards again.")
    elif isinstance(refusal, (MayNotAnswer, refusals.NeedsApproval, refusals.PeopleLost)):
        form.add_error(None, str(refusal))


def _waiting(request: MerchantRequest, issuance: Issuance) -> HttpResponse:
    """Show that the audience is being read; the region polls itself and loads the review when it is ready."""
    template = "waiting" if request.headers.get("HX-Request") else "review_waiting"
    return render(request, f"issuance/{template}.html", {"page": waiting_page(issuance)})


def shown(
    request: MerchantRequest,
    issuance: Issuance,
    form: ConfirmForm | None = None,
    *,
    declining: DeclineForm | None = None,
) -> HttpResponse:
    """Show the review, or the request for approval, with forms as they were filled in."""
    now = timezone.now()
    review = review_page(
        issuance,
        at=now,
        by=request.user,
        role=request.role,
        objection=refusals.objection(issuance=issuance, at=now),
        same_file=refusals.same_file(issuance, at=now),
    )
    context = {
        "page": review,
        "form": form or ConfirmForm(run=review.run, typed=review.needed.typed),
        "declining": declining or DeclineForm(),
        "may_issue": request.rights.may(Act.ISSUE),
    }
    waits = issuance.state == IssuanceState.WAITING_FOR_APPROVAL
    return render(request, "issuance/approval.html" if waits else "issuance/review.html", context)
