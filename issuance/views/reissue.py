"""After a revocation: reissue, and download the affected guests."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts import exports
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited
from issuance.drafts import drafts
from issuance.files import guest_files
from issuance.followup import reissues
from issuance.forms.reissue import ReissueForm
from issuance.models import Batch, Issuance
from issuance.pages.batches import batches_of
from issuance.pages.links import where_it_stands
from issuance.pages.reissue import reissue_page
from issuance.pages.revoke import revoke_page, to_tell
from issuance.views.fetch import confirmed_issuance_of, posted


@at_merchant(Act.FOLLOW_UP)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Ask for the guests and the campaign, then begin the linked draft."""
    issuance = confirmed_issuance_of(request, issuance_id)
    shown = reissue_page(issuance)
    form = ReissueForm(posted(request), campaigns=shown.campaigns, guests=shown.guests)
    if request.method == "POST" and not shown.why_not and form.is_valid():
        child = _begun(request, issuance, form)
        if child is not None:
            return redirect(where_it_stands(child))
    return render(request, "issuance/reissue.html", {"page": shown, "form": form})


def _begun(request: MerchantRequest, issuance: Issuance, form: ReissueForm) -> Issuance | None:
    act = reissues.reissue_to_same if form.cleaned_data["people"] == form.SAME else reissues.reissue_to_others
    try:
        return act(issuance=issuance, campaign=form.campaign, by=request.user, at=timezone.now())
    except reissues.NothingToReissue:
        messages.info(request, "Another reissue has taken these guests over already. It is linked below.")
    except drafts.NotStartable as refusal:
        form.add_error("chosen", str(refusal))
    return None


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def affected_csv(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the file of the guests that a revocation would affect: all, or with ?job= those of one job."""
    issuance = confirmed_issuance_of(request, issuance_id)
    batches = revoke_page(issuance, job=request.GET.get("job", "")).batches
    return _affected(request, issuance, batches, name=f"affected-{issuance.pk}.csv")


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def to_tell_csv(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the file of the guests whose reward was revoked, so that the merchant can notify them."""
    issuance = confirmed_issuance_of(request, issuance_id)
    batches = to_tell(batches_of(issuance))
    return _affected(request, issuance, batches, name=f"people-to-tell-{issuance.pk}.csv")


def _affected(
    request: MerchantRequest, issuance: Issuance, batches: Sequence[Batch], *, name: str
) -> StreamingHttpResponse:
    guests, at = guest_files.affected(batches).count(), timezone.now()
    rows = guest_files.affected_csv(issuance, batches)
    return exports.download(request, rows, name=name, on=issuance, guests=guests, at=at)
