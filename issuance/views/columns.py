"""Matching the columns of a file."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from engine.moves import IllegalMove, Overtaken
from issuance.drafts.drafts import ColumnMatch, match_columns
from issuance.forms.columns import ColumnsForm
from issuance.models import DraftStep, Issuance
from issuance.pages.columns import columns_page
from issuance.pages.links import place, where_it_stands
from issuance.states import IssuanceState
from issuance.views.fetch import OVERTAKEN, issuance_of, posted, visited
from lists.forms import asked_format


@at_merchant(Act.PREPARE_ISSUANCES)
@require_http_methods(["GET", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show the first rows with a guess for each column, and save the user's choice."""
    issuance = issuance_of(request, issuance_id)
    shown = columns_page(issuance, **asked_format(request.GET)) or columns_page(issuance)
    if shown is None:
        # The check says what is wrong with a file that holds no table, or that is lost.
        was_read = issuance.state in (IssuanceState.READING, IssuanceState.READY)
        return redirect(place("check", issuance) if was_read else where_it_stands(issuance))
    visited(request, issuance, DraftStep.COLUMNS)
    form = ColumnsForm(posted(request), table=shown.table, initial={"prefers": shown.prefers})
    if form.wants_another_look:
        return redirect(f"{place('columns', issuance)}?{form.look_query}")
    if form.is_valid() and _matched(request, issuance, form):
        return redirect(place("check", issuance))
    return render(request, "issuance/columns.html", {"page": shown, "form": form})


def _matched(request: MerchantRequest, issuance: Issuance, form: ColumnsForm) -> bool:
    match = ColumnMatch(
        mapping=form.mapping,
        header_row=form.said("header_row") or 0,
        sheet=form.said("sheet"),
        prefers=form.cleaned_data["prefers"],
        encoding=form.said("encoding"),
        reads_hidden=form.reads_hidden,
    )
    try:
        match_columns(issuance=issuance, match=match, by=request.user, at=timezone.now())
    except (IllegalMove, Overtaken):
        form.add_error(None, OVERTAKEN)
        return False
    return True
