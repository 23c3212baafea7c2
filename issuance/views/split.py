"""Splitting a draft's guests into arms."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from campaigns.draft.drafts import SharesFixed
from engine.moves import IllegalMove, Overtaken
from issuance.drafts import split
from issuance.drafts.drafts import NoShares
from issuance.forms.split import AssumptionsForm, SplitForm
from issuance.models import DraftStep, Issuance
from issuance.pages.links import after_check, place, where_it_stands
from issuance.pages.split import SplitPage, foretold_card, split_page
from issuance.states import IssuanceState
from issuance.views.fetch import OVERTAKEN, issuance_of, posted, visited

FIXED = "Another issuance of this campaign has guests in its groups by now, so the percentages stay as they are."


@at_merchant(Act.PREPARE_ISSUANCES)
@require_http_methods(["GET", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show how the guests are divided, and divide them anew. The page's region polls itself while that is under way."""
    issuance = issuance_of(request, issuance_id)
    divided_now = issuance.state == IssuanceState.READING and issuance.step == DraftStep.SPLIT
    if issuance.parent_id or not (divided_now or issuance.state == IssuanceState.READY):
        return redirect(where_it_stands(issuance))
    if after_check(issuance) == DraftStep.REVIEW:
        issuance.visit(DraftStep.REVIEW)
        return redirect(place("review", issuance))
    if request.headers.get("HX-Request") and not divided_now:
        return HttpResponseClientRefresh()
    visited(request, issuance, DraftStep.SPLIT)
    shown = split_page(issuance)
    form = SplitForm(posted(request), arms=shown.variants, only=issuance.only_variant_id, may_share=shown.may_share)
    if request.method == "POST" and form.is_valid() and _divided(request, issuance, form):
        return redirect(place("split" if issuance.state == IssuanceState.READING else "review", issuance))
    context: dict[str, Any] = {"page": shown, "form": form}
    if not shown.waiting:
        context |= _foretold(issuance, form, AssumptionsForm())
    return render(request, _template(request, shown), context)


@at_merchant(Act.PREPARE_ISSUANCES)
@require_GET
def foretold(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show what the percentages that are typed just now can show."""
    issuance = issuance_of(request, issuance_id)
    if issuance.state != IssuanceState.READY:
        return HttpResponseClientRefresh()
    shown = split_page(issuance)
    form = SplitForm(request.GET, arms=shown.variants, only=issuance.only_variant_id, may_share=shown.may_share)
    return render(request, "issuance/split_foretold.html", _foretold(issuance, form, AssumptionsForm(request.GET)))


def _foretold(issuance: Issuance, form: SplitForm, assumed: AssumptionsForm) -> dict[str, Any]:
    shares = form.typed_shares()
    return {"foretold": foretold_card(issuance, shares=shares, **assumed.as_shares()), "assumed": assumed}


def _template(request: MerchantRequest, shown: SplitPage) -> str:
    return f"issuance/{'waiting' if shown.waiting and request.headers.get('HX-Request') else 'split'}.html"


def _divided(request: MerchantRequest, issuance: Issuance, form: SplitForm) -> bool:
    try:
        split.divide_anew(
            issuance=issuance, only_variant=form.only_variant, shares=form.shares, by=request.user, at=timezone.now()
        )
    except NoShares as refusal:
        form.add_error("arm", str(refusal))
    except SharesFixed:
        form.add_error(None, FIXED)
    except (IllegalMove, Overtaken):
        form.add_error(None, OVERTAKEN)
    else:
        return True
    return False
