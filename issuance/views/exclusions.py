"""Exclusion lists: guests that the merchant never rewards. Identifiers are posted, and never kept in clear."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.large_bodies import takes_files
from accounts.permissions import Act
from issuance.audience import left_out_reasons, screening
from issuance.drafts import exclusion_lists
from issuance.forms.exclusions import AddGuestsForm, NewListForm, ScreenForm, TakeOffForm
from issuance.models import ExclusionList
from issuance.pages.exclusions import ExclusionListPage, lists_page
from issuance.pages.links import place, where_it_stands
from issuance.views.fetch import CHANGED, issuance_of, posted
from lists.file_problems import Unopenable
from ui.messages import message_on
from ui.wording import counted


def _list_of(request: MerchantRequest, list_id: int) -> ExclusionList:
    """Return a list of the request's merchant. Raises Http404, also for one that was removed."""
    found = ExclusionList.objects.kept().filter(pk=list_id, merchant=request.merchant).first()
    if found is None:
        raise Http404
    found.merchant = request.merchant
    return found


@at_merchant(Act.SEE_MERCHANT, to_post=Act.CHANGE_EXCLUSIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: MerchantRequest) -> HttpResponse:
    """Show all lists, and create a new one."""
    form = NewListForm(posted(request))
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            made = exclusion_lists.create(merchant=request.merchant, name=name, by=request.user, at=timezone.now())
        except exclusion_lists.NameTaken:
            form.add_error("name", "There is a list of this name already. Please choose another name.")
        else:
            return redirect("issuance:exclusion-list", request.merchant.handle, made.pk)
    page = lists_page(request.merchant)
    return render(request, "issuance/exclusions.html", {"page": page, "form": form})


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def detail(request: MerchantRequest, list_id: int) -> HttpResponse:
    """Show one list. It holds no identifiers, so none is shown."""
    return _shown(request, _list_of(request, list_id))


@at_merchant(Act.CHANGE_EXCLUSIONS)
@takes_files
@require_POST
def add(request: MerchantRequest, list_id: int) -> HttpResponse:
    mine = _list_of(request, list_id)
    form = AddGuestsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, mine, adding=form)
    rows = form.rows(country=request.merchant.country)
    try:
        added = exclusion_lists.add_guests(exclusion_list=mine, rows=rows, by=request.user, at=timezone.now())
    except Unopenable as refusal:
        form.add_error("file", left_out_reasons.of_file(refusal.problem.value).advice)
        return _shown(request, mine, adding=form)
    except exclusion_lists.TooManyLines:
        most = f"{exclusion_lists.MOST_LINES:,}"
        form.add_error("file", f"These are more than {most} lines. Please add them in parts. Nothing was added yet.")
        return _shown(request, mine, adding=form)
    if added.unusable:
        return _shown(request, mine, added=added)
    messages.success(request, f"{counted(added.added, 'guest')} added, {added.already:,} were on the list already.")
    return redirect("issuance:exclusion-list", request.merchant.handle, mine.pk)


@at_merchant(Act.CHANGE_EXCLUSIONS)
@require_POST
def take_off(request: MerchantRequest, list_id: int) -> HttpResponse:
    """Find a guest on a list, or take the guest off."""
    mine = _list_of(request, list_id)
    form = TakeOffForm(request.POST)
    if not form.is_valid():
        return _shown(request, mine, taking_off=form)
    who = form.cleaned_data["who"]
    if "look" in request.POST:
        form.found = exclusion_lists.holds(exclusion_list=mine, text=who)
        return _shown(request, mine, taking_off=form)
    if not exclusion_lists.take_off(exclusion_list=mine, text=who, by=request.user, at=timezone.now()):
        form.add_error("who", "This guest is not on the list.")
        return _shown(request, mine, taking_off=form)
    messages.success(request, "The guest is off the list and can get rewards again.")
    return redirect("issuance:exclusion-list", request.merchant.handle, mine.pk)


@at_merchant(Act.REMOVE_EXCLUSIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: MerchantRequest, list_id: int) -> HttpResponse:
    """Show what removing a list means, then remove it."""
    mine = _list_of(request, list_id)
    if request.method != "POST":
        return render(request, "issuance/exclusion_list_remove.html", {"page": ExclusionListPage(list=mine)})
    exclusion_lists.remove(exclusion_list=mine, by=request.user, at=timezone.now())
    messages.success(request, f"The list “{mine.name}” is gone.")
    return redirect("issuance:exclusions", request.merchant.handle)


@at_merchant(Act.PREPARE_ISSUANCES)
@require_POST
def choose(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Choose which reasons leave guests out of a draft."""
    issuance = issuance_of(request, issuance_id)
    form = ScreenForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Please enter a number of days from 0 to 365.")
        return redirect(place("check", issuance))
    with message_on(request, CHANGED):
        screening.choose_exclusions(
            issuance=issuance,
            included_anyway=form.included_anyway,
            within_days=form.rewarded_within_days,
            only_members=form.cleaned_data["only_members"],
            by=request.user,
            at=timezone.now(),
        )
        return redirect(place(form.next_step, issuance))
    return redirect(where_it_stands(issuance_of(request, issuance_id)))


def _shown(
    request: MerchantRequest,
    mine: ExclusionList,
    *,
    adding: AddGuestsForm | None = None,
    taking_off: TakeOffForm | None = None,
    added: exclusion_lists.Added | None = None,
) -> HttpResponse:
    context = {
        "page": ExclusionListPage(list=mine, added=added),
        "adding": adding or AddGuestsForm(),
        "taking_off": taking_off or TakeOffForm(),
    }
    return render(request, "issuance/exclusion_list.html", context)
