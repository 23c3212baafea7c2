"""Adding guests to a draft: a file, pasted lines, or one guest."""

from typing import IO, Any, cast

from django import forms
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.large_bodies import takes_files
from accounts.permissions import Act
from engine.moves import IllegalMove, Overtaken
from issuance.drafts import corrected_file, drafts
from issuance.forms.people import PeopleForm, SingleGuestForm
from issuance.models import DraftStep, Issuance
from issuance.pages.links import place, where_it_stands
from issuance.pages.people import people_page
from issuance.states import IssuanceState
from issuance.views.check import take_back_in
from issuance.views.fetch import OVERTAKEN, issuance_of, posted, visited
from lists.forms import why_not_stored
from lists.uploads import NoRoom, TooLarge

SAMPLE = (
    "name,email,phone\r\n"
    "Ana Müller,ana.muller@example.com,\r\n"
    "Jo O'Neil,,+1 212 555 0123\r\n"
    "Sam Lee,sam.lee@example.com,(212) 555-0124\r\n"
)


@at_merchant(Act.PREPARE_ISSUANCES)
@takes_files
@require_http_methods(["GET", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
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
    return _shown(request, issuance, form=form, one=SingleGuestForm(country=issuance.merchant.country))


@at_merchant(Act.PREPARE_ISSUANCES)
@require_http_methods(["GET", "POST"])
def one_guest(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Take in one guest, and go straight to the review. Its form is on the page of `people`."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.CONFIRMED or issuance.parent_id:
        return redirect(where_it_stands(issuance))
    if request.method != "POST":
        return redirect(place("people", issuance))
    form = SingleGuestForm(request.POST, country=issuance.merchant.country)
    if form.is_valid() and _one_added(request, issuance, form):
        issuance.visit(DraftStep.REVIEW)
        return redirect(place("review", issuance))
    return _shown(request, issuance, form=PeopleForm(), one=form)


def _shown(request: MerchantRequest, issuance: Issuance, *, form: PeopleForm, one: SingleGuestForm) -> HttpResponse:
    shown = {"page": people_page(issuance, at=timezone.now()), "form": form, "one": one}
    return render(request, "issuance/people.html", shown)


def _came_back(request: MerchantRequest, issuance: Issuance, form: PeopleForm) -> bool:
    """Take in the corrections if this is the draft's own file of left-out lines. Return whether it is."""
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


def _one_added(request: MerchantRequest, issuance: Issuance, form: SingleGuestForm) -> bool:
    """Take in a file of one line and one column, which may hold either kind."""
    said = {"mapping": {"email": 0, "phone": 0}, "header_row": 0}
    file = ContentFile(form.cleaned_data["guest"].encode())
    return _taken_in(request, issuance, form, file=cast("IO[bytes]", file), name="one guest", **said)


def _taken_in(
    request: MerchantRequest, issuance: Issuance, form: forms.Form, *, file: IO[bytes], name: str, **said: Any
) -> bool:
    field = "file" if "file" in form.fields else None
    try:
        drafts.add_file(issuance=issuance, file=file, name=name, by=request.user, at=timezone.now(), **said)
    except (TooLarge, NoRoom) as error:
        form.add_error(field, why_not_stored(error))
    except (IllegalMove, Overtaken):
        form.add_error(None, OVERTAKEN)
    else:
        return True
    return False


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def sample(request: MerchantRequest) -> HttpResponse:  # noqa: ARG001
    response = HttpResponse("\ufeff" + SAMPLE, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sample-guests.csv"'
    return response
