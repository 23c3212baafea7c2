"""Beginning a draft, and discarding it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from issuance.drafts import drafts
from issuance.forms.new import NewIssuanceForm
from issuance.pages.links import crumbs_of, place, where_it_stands
from issuance.pages.new import new_page
from issuance.states import IssuanceState
from issuance.views.fetch import CHANGED, issuance_of, posted
from ui.messages import message_on


@at_merchant(Act.PREPARE_ISSUANCES)
@require_http_methods(["GET", "POST"])
def page(request: MerchantRequest) -> HttpResponse:
    """Choose a campaign, and with ?campaign= its arm if it has no shares; then begin a draft."""
    asked = request.GET.get("campaign")
    shown = new_page(merchant=request.merchant, chosen=asked, at=timezone.now())
    if asked is None:
        return render(request, "issuance/new.html", {"page": shown})
    choice = shown.chosen
    if choice is None:
        raise Http404
    form = NewIssuanceForm(posted(request), arms=choice.arms)
    context = {"page": shown, "choice": choice, "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "issuance/new_start.html", context)
    try:
        issuance = drafts.start(
            campaign=choice.campaign, by=request.user, at=timezone.now(), only_variant=form.only_variant
        )
    except drafts.NotLive:
        messages.error(request, "This campaign is no longer live at Thanx. Please choose another one.")
        return redirect("issuance:new", request.merchant.handle)
    except drafts.NoShares as refusal:
        form.add_error("arm", str(refusal))
        return render(request, "issuance/new_start.html", context)
    return redirect(place("people", issuance))


@at_merchant(Act.PREPARE_ISSUANCES)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Ask for confirmation, then discard a draft."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state == IssuanceState.CONFIRMED:
        return redirect(where_it_stands(issuance))
    if request.method != "POST":
        asked = {"issuance": issuance, "back": where_it_stands(issuance), "crumbs": crumbs_of(issuance)[:2]}
        return render(request, "issuance/discard.html", asked)
    with message_on(request, CHANGED, level=messages.ERROR):
        drafts.discard(issuance=issuance, by=request.user, at=timezone.now())
        messages.success(request, "The draft is discarded. Nothing of it was sent.")
        return redirect("issuance:list", request.merchant.handle)
    return redirect(where_it_stands(issuance))
