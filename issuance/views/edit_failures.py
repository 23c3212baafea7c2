"""Editing failures, page by page: corrections are saved until they are retried, refused ones are shown again."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from issuance.followup import edit_failures, retries
from issuance.models import Issuance
from issuance.pages.edit_failures import EditFailuresPage, edit_failures_page, typed_in
from issuance.pages.filters import FailureFilter
from issuance.pages.links import place, where_it_stands
from issuance.views.fetch import TAKEN, confirmed_issuance_of
from ui.messages import message_on

NOTHING = "Nothing is corrected yet: type another email address or phone number for at least one guest."
GONE = f"Nothing was corrected. {TAKEN}"


@at_merchant(Act.FOLLOW_UP)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show the failures that the filter picks out, save corrections, and retry the corrected ones."""
    issuance = confirmed_issuance_of(request, issuance_id)
    if request.method != "POST":
        return _shown(request, issuance, {}, {})
    typed = typed_in(request.POST)
    saved = edit_failures.save(issuance=issuance, typed=typed, by=request.user, at=timezone.now())
    if saved.refused:
        return _shown(request, issuance, typed, saved.refused)
    then = request.POST.get("then", "")
    if then == "retry":
        return _retried(request, issuance)
    shown = _page(request, issuance, {}, {})
    return redirect({"next": shown.next, "before": shown.before}.get(then) or shown.here)


def _page(
    request: MerchantRequest, issuance: Issuance, typed: Mapping[int, str], errors: Mapping[int, str]
) -> EditFailuresPage:
    number = request.GET.get("page", "1")
    return edit_failures_page(
        issuance, wanted=FailureFilter.of_query(request.GET), number=number, typed=typed, errors=errors
    )


def _shown(
    request: MerchantRequest, issuance: Issuance, typed: Mapping[int, str], errors: Mapping[int, str]
) -> HttpResponse:
    """Show the guests in clear: this page is there to correct them. The first look leaves an entry."""
    page = _page(request, issuance, typed, errors)
    reveals.open_here(request, on=issuance, guests=page.chosen, at=timezone.now())
    return render(request, "issuance/edit_failures.html", {"page": page})


def _retried(request: MerchantRequest, issuance: Issuance) -> HttpResponse:
    rows = FailureFilter.of_query(request.GET).rows(issuance)
    with message_on(request, {retries.NothingToRetry: lambda _: NOTHING if rows.open().exists() else GONE}):
        child = retries.retry_corrected(issuance=issuance, failures=rows, by=request.user, at=timezone.now())
        return redirect(where_it_stands(child))
    return redirect(f"{place('edit-failures', issuance)}?{request.GET.urlencode()}")
