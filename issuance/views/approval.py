"""A second user's approval of a large issuance: ask for it, approve, decline, withdraw."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from issuance.approvals.to_issue import to_issue
from issuance.forms.approval import DeclineForm
from issuance.forms.review import CHANGED, ConfirmForm
from issuance.pages.links import place, where_it_stands
from issuance.sending import dry_run, grace
from issuance.sending.refusals import ActRefused
from issuance.states import IssuanceState
from issuance.views.fetch import answer_shown, issuance_of, number_shown
from issuance.views.review import decided, review_form, shown
from ui.messages import message_on


@at_merchant(Act.ISSUE)
@require_POST
def ask(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    issuance = issuance_of(request, issuance_id)
    if issuance.state != IssuanceState.READY:
        return redirect(where_it_stands(issuance))
    form = ConfirmForm(request.POST, run=dry_run.of_issuance(issuance), typed=False)
    if not form.is_valid():
        messages.warning(request, CHANGED)
        return redirect(place("review", issuance))
    return decided(request, issuance, form, to_issue.ask)


@at_merchant(Act.APPROVE)
@require_POST
def approve(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Approve what another user has asked for, so that it goes out."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state != IssuanceState.WAITING_FOR_APPROVAL:
        return redirect(where_it_stands(issuance))
    run = dry_run.of_issuance(issuance)
    form = review_form(request, run)
    if not form.is_valid():
        return shown(request, issuance, form)
    put_off = grace.grace_for(rewards=run.rewards)
    return decided(request, issuance, form, partial(to_issue.approve, number=number_shown(request), grace=put_off))


@at_merchant(Act.APPROVE)
@require_POST
def decline(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    issuance = issuance_of(request, issuance_id)
    form = DeclineForm(request.POST)
    if issuance.state == IssuanceState.WAITING_FOR_APPROVAL and not form.is_valid():
        return shown(request, issuance, declining=form)
    reason = form.data.get("reason", "")
    with message_on(request, {ActRefused: str}):
        to_issue.decline(**answer_shown(request, issuance), reason=reason)
        messages.success(request, "Declined. Nothing was sent, and the user who asked can change it.")
    return redirect(place("review", issuance))


@at_merchant(Act.ISSUE)
@require_POST
def withdraw(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Withdraw a request, so that the draft can be changed."""
    issuance = issuance_of(request, issuance_id)
    with message_on(request, {ActRefused: str}):
        to_issue.withdraw(**answer_shown(request, issuance))
    return redirect(place("review", issuance))
