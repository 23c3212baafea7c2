"""From a file to an audience: add people, match columns, check. Every step is saved and may be left."""

from __future__ import annotations

from typing import IO, Any, cast

from django import forms
from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from engine.moves import IllegalMove, Overtaken
from issuance.drafts import corrected_file
from issuance.drafts import drafts as acts
from issuance.drafts.columns import ColumnMatch, match_columns
from issuance.forms.draft import ColumnsForm, OneGuestForm, PeopleForm
from issuance.models import DraftStep, Issuance
from issuance.pages import people as people_page
from issuance.pages.columns import columns_page
from issuance.pages.links import place, where_it_stands
from issuance.states import IssuanceState
from issuance.views.check import take_back_in
from issuance.views.fetch import CHANGED, OVERTAKEN, issuance_of, posted, visited
from lists.forms import asked_format, why_not_stored
from lists.uploads import NoRoom, TooLarge
from ui.messages import message_on


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "POST"])
def people(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Take in a file, or pasted lines."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.CONFIRMED or issuance.parent_id:
        return redirect(where_it_stands(issuance))
    visited(request, issuance, DraftStep.PEOPLE)
    form = PeopleForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _came_back(request, issuance, form):
        return redirect(place("check", issuance))
    if request.method == "POST" and form.is_valid() and _added(request, issuance, form):
        issuance.visit(DraftStep.COLUMNS)
        return redirect(place("columns", issuance))
    return _people(request, issuance, form=form, one=OneGuestForm(country=issuance.merchant.country))


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "POST"])
def one_guest(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Take in one single guest, and go straight to the review. Its form stands on the page of all people."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.CONFIRMED or issuance.parent_id:
        return redirect(where_it_stands(issuance))
    if request.method != "POST":
        return redirect(place("people", issuance))
    form = OneGuestForm(request.POST, country=issuance.merchant.country)
    if form.is_valid() and _one_added(request, issuance, form):
        issuance.visit(DraftStep.REVIEW)
        return redirect(place("review", issuance))
    return _people(request, issuance, form=PeopleForm(), one=form)


def _people(request: MerchantRequest, issuance: Issuance, *, form: PeopleForm, one: OneGuestForm) -> HttpResponse:
    page = people_page.people_page(issuance)
    return render(request, "issuance/people.html", {"page": page, "form": form, "one": one})


def _came_back(request: MerchantRequest, issuance: Issuance, form: PeopleForm) -> bool:
    """Take in the corrections in this draft's own file of lines, and tell whether it is that."""
    file = form.cleaned_data["file"]
    if issuance.state != IssuanceState.READY or file is None or file.size > corrected_file.LARGEST:
        return False
    data = file.read()
    file.seek(0)
    if not corrected_file.is_returned(data, issuance=issuance):
        return False
    take_back_in(request, issuance, data)
    return True


def _added(request: MerchantRequest, issuance: Issuance, form: PeopleForm) -> bool:
    file, name = form.table
    return _taken_in(request, issuance, form, file=file, name=name)


def _one_added(request: MerchantRequest, issuance: Issuance, form: OneGuestForm) -> bool:
    """Take in a file of one line and one column, which may hold either kind."""
    said = {"mapping": {"email": 0, "phone": 0}, "header_row": 0}
    file = ContentFile(form.cleaned_data["guest"].encode())
    return _taken_in(request, issuance, form, file=cast("IO[bytes]", file), name="one guest", **said)


def _taken_in(
    request: MerchantRequest, issuance: Issuance, form: forms.Form, *, file: IO[bytes], name: str, **said: Any
) -> bool:
    field = "file" if "file" in form.fields else None
    try:
        acts.add_file(issuance=issuance, file=file, name=name, by=request.user, at=timezone.now(), **said)
    except (TooLarge, NoRoom) as error:
        form.add_error(field, why_not_stored(error))
    except (IllegalMove, Overtaken):
        form.add_error(None, OVERTAKEN)
    else:
        return True
    return False


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "POST"])
def columns(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show the first rows beside the guess, and let it be corrected."""
    issuance = issuance_of(request, issuance_id)
    page = columns_page(issuance, **asked_format(request.GET)) or columns_page(issuance)
    if page is None:
        # A file without a table is told of by the check, and so is one that is lost.
        told = issuance.state in (IssuanceState.READING, IssuanceState.READY)
        return redirect(place("check", issuance) if told else where_it_stands(issuance))
    visited(request, issuance, DraftStep.COLUMNS)
    form = ColumnsForm(posted(request), table=page.table, initial={"prefers": page.prefers})
    if form.wants_another_look:
        return redirect(f"{place('columns', issuance)}?{form.look_query}")
    if form.is_valid() and _matched(request, issuance, form):
        return redirect(place("check", issuance))
    return render(request, "issuance/columns.html", {"page": page, "form": form})


def _matched(request: MerchantRequest, issuance: Issuance, form: ColumnsForm) -> bool:
    match = ColumnMatch(
        mapping=form.mapping,
        header_row=form.said("header_row") or 0,
        sheet=form.said("sheet"),
        prefers=form.cleaned_data["prefers"],
    )
    try:
        match_columns(issuance=issuance, match=match, by=request.user, at=timezone.now())
    except (IllegalMove, Overtaken):
        form.add_error(None, OVERTAKEN)
        return False
    return True


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Ask, and then give up a draft."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.CONFIRMED:
        return redirect(where_it_stands(issuance))
    if request.method != "POST":
        asked = {"issuance": issuance, "back": where_it_stands(issuance)}
        return render(request, "issuance/discard_confirm.html", asked)
    with message_on(request, CHANGED, level=messages.ERROR):
        acts.discard(issuance=issuance, by=request.user, at=timezone.now())
        messages.success(request, "The draft is discarded. Nothing of it was sent.")
        return redirect("issuance:list", request.merchant.handle)
    return redirect(where_it_stands(issuance))
