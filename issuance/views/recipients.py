"""The guests of an issuance. A search is posted, so that no address, history or log holds the identifier."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited, searched
from issuance.jobs.guest_search import query_of
from issuance.pages.batches import batches_of
from issuance.pages.filters import RecipientFilter
from issuance.pages.recipients import recipients_page
from issuance.views.fetch import confirmed_issuance_of

LONGEST_TEXT = 200


@at_merchant(Act.SEE_MERCHANT)
@limited("searches", when=searched)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """List the guests: all, or those with an outcome, of an arm, of a job, or found by a search."""
    issuance = confirmed_issuance_of(request, issuance_id)
    if request.method == "POST":
        return to_found(request)
    wanted = RecipientFilter.of_query(request.GET.dict())
    at, number = timezone.now(), request.GET.get("page", "1")
    clear = reveals.is_open(request, at=at)
    shown = recipients_page(issuance, batches_of(issuance), wanted=wanted, number=number, clear=clear)
    reveal = reveals.offer(request, on=issuance, guests=shown.page.paginator.count, at=at)
    return render(request, "issuance/recipients.html", {"page": shown, "reveal": reveal})


def to_found(request: MerchantRequest) -> HttpResponse:
    """Redirect to the same page with a token for the search; without one for an empty text."""
    text = request.POST.get("q", "").strip()[:LONGEST_TEXT]
    who = f"?who={query_of(text, merchant=request.merchant).token}" if text else ""
    return redirect(f"{request.path}{who}#guests")
