"""Add what guests did: upload the files, look at what is in them, and have them counted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import exports
from accounts.guards import MerchantRequest, at_merchant
from accounts.large_bodies import takes_files
from accounts.permissions import Act
from accounts.user_limits import limited
from lists.forms import why_not_stored
from lists.uploads import NoRoom, TooLarge
from results.intake.importing import rejects_of
from results.intake.uploads_step import NoLongerPreview, add_uploads, confirm_uploads, drop_uploads
from results.models import OutcomeImport
from results.pages.outcome_import import outcome_import_page
from results.upload_form import OutcomesForm
from ui.messages import message_on

OVERTAKEN: dict[type[Exception], Any] = {NoLongerPreview: "These files have been counted or dropped meanwhile."}


@at_merchant(Act.ADD_OUTCOMES)
@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MerchantRequest) -> HttpResponse:
    """Show the form, and store the files for a preview."""
    form = OutcomesForm(request.POST, request.FILES) if request.method == "POST" else OutcomesForm()
    if form.is_valid():
        try:
            kept = add_uploads(merchant=request.merchant, files=form.tables, by=request.user, at=timezone.now())
        except (TooLarge, NoRoom) as error:
            form.add_error("file", why_not_stored(error))
        else:
            return redirect("results:outcomes", request.merchant.handle, kept.pk)
    return render(request, "results/outcomes_new.html", {"form": form})


@at_merchant(Act.ADD_OUTCOMES)
@require_GET
def detail(request: MerchantRequest, import_id: int) -> HttpResponse:
    """Show the preview, or what became of the files."""
    return _shown(request, import_id, "results/outcomes.html")


@at_merchant(Act.ADD_OUTCOMES)
@require_GET
def stage(request: MerchantRequest, import_id: int) -> HttpResponse:
    """Show the part of the page that changes by itself while the files are read or counted."""
    return _shown(request, import_id, "results/outcomes.html#outcomes")


@at_merchant(Act.ADD_OUTCOMES)
@require_POST
def confirm(request: MerchantRequest, import_id: int) -> HttpResponse:
    """Have the files counted."""
    with message_on(request, OVERTAKEN):
        confirm_uploads(_import_of(request, import_id), by=request.user, at=timezone.now())
    return redirect("results:outcomes", request.merchant.handle, import_id)


@at_merchant(Act.ADD_OUTCOMES)
@require_POST
def drop(request: MerchantRequest, import_id: int) -> HttpResponse:
    """Delete the files without counting them."""
    with message_on(request, OVERTAKEN):
        drop_uploads(_import_of(request, import_id), by=request.user, at=timezone.now())
        messages.success(request, "The files are deleted. Nothing was counted.")
    return redirect("results:list", request.merchant.handle)


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def left_out(request: MerchantRequest, import_id: int) -> HttpResponseBase:
    """Send the lines that were left out, with the reason."""
    kept = _import_of(request, import_id)
    content, name = rejects_of(kept), f"left-out-{kept.pk}.csv"
    if not content:
        raise Http404
    lines = sum(each.rejected for each in kept.files.all())
    return exports.download(request, iter([content]), name=name, on=kept, guests=lines, at=timezone.now())


def _shown(request: MerchantRequest, import_id: int, template: str) -> HttpResponse:
    return render(request, template, {"page": outcome_import_page(_import_of(request, import_id))})


def _import_of(request: MerchantRequest, import_id: int) -> OutcomeImport:
    """Return files of the request's merchant. Raises Http404."""
    found = OutcomeImport.objects.filter(pk=import_id, merchant=request.merchant).first()
    if found is None:
        raise Http404
    found.merchant = request.merchant
    return found
