"""Checking a file: what became of every line, and the user's decisions on those that cannot be sent."""

import re
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import exports, reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.large_bodies import takes_files
from accounts.permissions import Act
from accounts.user_limits import limited
from issuance.audience import line_corrections
from issuance.drafts import corrected_file
from issuance.files import left_out_file
from issuance.forms.check import DecisionForm, LinesForm, ReturnedForm
from issuance.models import DraftStep, Issuance
from issuance.pages.check.lines import PER_PAGE, lines_at, lines_of
from issuance.pages.check.page import CheckPage, check_page, here, masked_page
from issuance.pages.links import place, where_it_stands
from issuance.states import IssuanceState
from issuance.views.fetch import CHANGED, OVERTAKEN, issuance_of, visited
from lists.lines import CORRECTED
from ui.messages import message_on

LINE_FIELD = re.compile(r"value-([0-9]{1,9})").fullmatch


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def check(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show the progress of the reading, then what became of every line. The region polls itself while reading."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state in (IssuanceState.DRAFT, IssuanceState.CONFIRMED):
        return redirect(place("left-out", issuance) if issuance.confirmed_at else where_it_stands(issuance))
    visited(request, issuance, DraftStep.CHECK)
    page = check_page(
        issuance, chosen=request.GET.get("reason", ""), number=request.GET.get("page", "1"), at=timezone.now()
    )
    page = page if request.rights.may(Act.PREPARE_ISSUANCES) else masked_page(page)
    return _shown(request, page, template="check_region" if request.headers.get("HX-Request") else "check")


@at_merchant(Act.PREPARE_ISSUANCES)
@require_POST
def decide(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Apply the suggestion to all lines with a problem, leave them out, or undo either."""
    issuance = issuance_of(request, issuance_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return redirect(where_it_stands(issuance))
    by, at = request.user, timezone.now()
    with message_on(request, CHANGED, level=messages.ERROR):
        if form.cleaned_data["reason"] == CORRECTED:
            line_corrections.take_back_all(issuance=issuance, by=by, at=at)
        else:
            line_corrections.decide(
                issuance=issuance, reason=form.cleaned_data["reason"], decision=form.decided, by=by, at=at
            )
    return redirect(place("check", issuance))


@at_merchant(Act.PREPARE_ISSUANCES)
@require_POST
def correct(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Save the values that were typed for a page of lines; refused ones are shown again with their messages."""
    issuance = issuance_of(request, issuance_id)
    chosen, number = request.GET.get("reason", ""), request.GET.get("page", "1")
    if issuance.state != IssuanceState.READY:
        messages.error(request, OVERTAKEN)
        return redirect(where_it_stands(issuance))
    form = _lines_form(request, issuance, chosen=chosen)
    if not form.is_valid():
        shown = replace(lines_of(issuance, chosen=chosen, number=number), rows=form.shown())
        return _shown(
            request, check_page(issuance, chosen=chosen, number=number, at=timezone.now(), shown=shown), form=form
        )
    with message_on(request, CHANGED, level=messages.ERROR):
        by, at = request.user, timezone.now()
        line_corrections.correct(issuance=issuance, values=form.values, taken_back=form.taken_back, by=by, at=at)
    return redirect(here(issuance, chosen=chosen, number=number))


@at_merchant(Act.PREPARE_ISSUANCES)
@takes_files
@require_POST
def upload_corrected(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    issuance = issuance_of(request, issuance_id)
    form = ReturnedForm(request.POST, request.FILES)
    if form.is_valid():
        take_back_in(request, issuance, form.cleaned_data["file"])
    else:
        messages.error(request, " ".join(map(str, form.errors["file"])))
    return redirect(where_it_stands(issuance) if issuance.confirmed_at else place("check", issuance))


def take_back_in(request: MerchantRequest, issuance: Issuance, data: bytes) -> None:
    """Save the corrections in a file, and say how many there were."""
    with message_on(request, {corrected_file.NotReturned: str, **CHANGED}, level=messages.ERROR):
        found = corrected_file.take_back_in(issuance=issuance, data=data, by=request.user, at=timezone.now())
        messages.success(request, found.in_words())


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def left_out(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    issuance = issuance_of(request, issuance_id)
    at = timezone.now()
    page = check_page(issuance, chosen=request.GET.get("reason", ""), number=request.GET.get("page", "1"), at=at)
    prepares = request.rights.may(Act.PREPARE_ISSUANCES) and issuance.confirmed_at is None
    clear = prepares or reveals.is_open(request, at=at)
    reveal = (
        None if prepares else reveals.reveal_offer(request, on=issuance, guests=page.shown.page.paginator.count, at=at)
    )
    return render(request, "issuance/left_out.html", {"page": page if clear else masked_page(page), "reveal": reveal})


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def left_out_csv(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the left-out lines as a file with its original columns."""
    issuance = issuance_of(request, issuance_id)
    return exports.download(
        request,
        left_out_file.left_out_csv(issuance),
        name=f"left-out-{issuance.pk}.csv",
        on=issuance,
        guests=issuance.left_out_total,
        at=timezone.now(),
    )


def _lines_form(request: MerchantRequest, issuance: Issuance, *, chosen: str) -> LinesForm:
    asked = (LINE_FIELD(name) for name in request.POST)
    numbers = [int(match.group(1)) for match in asked if match][:PER_PAGE]
    lines = lines_at(issuance, chosen=chosen, numbers=numbers)
    return LinesForm(request.POST, lines=lines, country=request.merchant.country)


def _shown(
    request: MerchantRequest, page: CheckPage, *, template: str = "check", form: LinesForm | None = None
) -> HttpResponse:
    may_act = request.rights.may(Act.PREPARE_ISSUANCES) and page.issuance.state == IssuanceState.READY
    context = {
        "page": page,
        "may_act": may_act and not page.issuance.parent_id,
        "form": form,
        "returned": ReturnedForm(),
    }
    return render(request, f"issuance/{template}.html", context)
