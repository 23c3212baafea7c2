"""The guests of an issuance. A search is posted, so that no address, history or log holds the identifier."""

from django.db.models import Sum
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts import exports, reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited, searched
from campaigns.models import Campaign
from issuance.files import recipients_file
from issuance.files.file_rows import may_hold
from issuance.jobs.guest_search import query_of
from issuance.pages.batches import batches_of
from issuance.pages.campaign.campaign_totals import confirmed_batches
from issuance.pages.filters import RecipientFilter
from issuance.pages.recipients import line_page, recipients_page
from issuance.views.fetch import confirmed_issuance_of, issuance_of

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
    reveal = reveals.reveal_offer(request, on=issuance, guests=shown.page.paginator.count, at=at)
    return render(request, "issuance/recipients.html", {"page": shown, "reveal": reveal})


@at_merchant(Act.SEE_MERCHANT)
@limited("rows")
@require_GET
def line(request: MerchantRequest, issuance_id: int, number: int) -> HttpResponse:
    """Show a row of the list: in clear to users who prepare the draft, else masked until it is revealed."""
    issuance, at = issuance_of(request, issuance_id), timezone.now()
    if not may_hold(issuance, number):
        raise Http404
    prepares = request.rights.may(Act.PREPARE_ISSUANCES) and issuance.confirmed_at is None
    shown = line_page(issuance, number, clear=prepares or reveals.is_open(request, at=at))
    reveal = None if prepares else reveals.reveal_offer(request, on=issuance, guests=1, at=at)
    return render(request, "issuance/line.html", {"page": shown, "line": number, "reveal": reveal})


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def recipients_csv(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer all guests of an issuance with arm, line and outcome, those held back included."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return exports.download(
        request,
        recipients_file.recipients_csv(issuance),
        name=f"guests-{issuance.pk}.csv",
        on=issuance,
        guests=sum(batch.size for batch in batches_of(issuance)),
        at=timezone.now(),
    )


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def of_campaign_csv(request: MerchantRequest, campaign_id: int) -> StreamingHttpResponse:
    """Offer all guests of a campaign with issuance, arm, line and outcome."""
    campaign = get_object_or_404(Campaign.objects.kept(), pk=campaign_id, merchant=request.merchant)
    issuances = campaign.issuances.confirmed().order_by("pk")
    guests = confirmed_batches(campaign).aggregate(guests=Sum("size"))["guests"] or 0
    return exports.download(
        request,
        recipients_file.campaign_recipients_csv(issuances.iterator()),
        name=f"guests-of-campaign-{campaign.pk}.csv",
        on=campaign,
        guests=guests,
        at=timezone.now(),
    )


def to_found(request: MerchantRequest) -> HttpResponse:
    """Redirect to the same page with a token for the search; without one for an empty text."""
    text = request.POST.get("q", "").strip()[:LONGEST_TEXT]
    who = f"?who={query_of(text, merchant=request.merchant).token}" if text else ""
    return redirect(f"{request.path}{who}#guests")
