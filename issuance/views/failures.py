"""The guests who got no reward: list, download, retry unchanged, settle, invite."""

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import exports, reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited, searched
from issuance.files import guest_files
from issuance.followup import retries, settlements
from issuance.forms.failures import SettleForm
from issuance.jobs.failure_reasons import MAY_JOIN, TRANSIENT
from issuance.models import Failure, Issuance, Settlement
from issuance.pages.failures import failures_page, invite_page, settle_page
from issuance.pages.filters import FailureFilter
from issuance.pages.links import place, where_it_stands
from issuance.sending.status import summaries
from issuance.views.fetch import TAKEN, confirmed_issuance_of, posted
from issuance.views.recipients import to_found
from ui.messages import message_on
from ui.wording import counted


@at_merchant(Act.SEE_MERCHANT)
@limited("searches", when=searched)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """List the failures: all, or those that the filter picks out."""
    issuance = confirmed_issuance_of(request, issuance_id)
    if request.method == "POST":
        return to_found(request)
    at = timezone.now()
    summary = summaries([issuance], at=at)[issuance.pk]
    shown = failures_page(
        issuance,
        buckets=summary.buckets,
        running=summary.unfinished,
        wanted=FailureFilter.of_query(request.GET),
        clear=reveals.is_open(request, at=at),
        number=request.GET.get("page", "1"),
    )
    reveal = reveals.reveal_offer(request, on=issuance, guests=shown.in_list, at=at)
    context = {"page": shown, "may_act": request.rights.may(Act.FOLLOW_UP), "reveal": reveal}
    return render(request, "issuance/failures.html", context)


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def failures_csv(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the failures as a file with its original columns."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return exports.download(
        request,
        guest_files.failures_csv(issuance),
        name=f"failures-{issuance.pk}.csv",
        on=issuance,
        guests=Failure.objects.filter(batch__issuance=issuance).count(),
        at=timezone.now(),
    )


@at_merchant(Act.FOLLOW_UP)
@require_POST
def retry(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Begin a linked draft of the guests who may get the reward if they are retried unchanged."""
    issuance = confirmed_issuance_of(request, issuance_id)
    # Guests who were no members are retried unchanged only when the user says that they have joined.
    worth_it = MAY_JOIN if request.POST.get("joined") else TRANSIENT
    rows = FailureFilter.of_query(request.GET).rows(issuance).filter(reason_code__in=sorted(worth_it))
    with message_on(request, {retries.NothingToRetry: TAKEN}):
        child = retries.retry_failures(issuance=issuance, by=request.user, at=timezone.now(), failures=rows)
        return redirect(where_it_stands(child))
    return redirect(place("failures", issuance))


@at_merchant(Act.FOLLOW_UP)
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Ask for a note, then settle the failures that the filter picks out."""
    issuance = confirmed_issuance_of(request, issuance_id)
    wanted = FailureFilter.of_query(request.GET)
    form = SettleForm(posted(request))
    if request.method == "POST" and form.is_valid():
        return _settled(request, issuance, wanted, note=form.cleaned_data["note"])
    return render(request, "issuance/settle.html", {"page": settle_page(issuance, wanted=wanted), "form": form})


def _settled(request: MerchantRequest, issuance: Issuance, wanted: FailureFilter, *, note: str) -> HttpResponse:
    rows, now = wanted.rows(issuance), timezone.now()
    with message_on(request, {settlements.NothingToSettle: TAKEN}):
        done = settlements.settle(issuance=issuance, failures=rows, note=note, by=request.user, at=now)
        messages.success(request, f"{counted(done.guests, 'failure')} settled. You can take it back below.")
    return redirect(place("failures", issuance))


@at_merchant(Act.FOLLOW_UP)
@require_POST
def reopen(request: MerchantRequest, issuance_id: int, settlement_id: int) -> HttpResponse:
    issuance = confirmed_issuance_of(request, issuance_id)
    settlement = Settlement.objects.filter(pk=settlement_id, issuance=issuance).first()
    if settlement is None:
        raise Http404
    with message_on(request, {settlements.ReopenedBefore: "This was taken back already."}):
        opened = settlements.reopen(settlement=settlement, by=request.user, at=timezone.now())
        messages.success(request, f"{counted(opened, 'failure is', 'failures are')} open again.")
    return redirect(place("failures", issuance))


@at_merchant(Act.FOLLOW_UP)
@require_GET
def invite(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Explain what an invitation does, offer the file, and offer to retry guests who may have joined since."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return render(request, "issuance/invite.html", {"page": invite_page(issuance)})


@at_merchant(Act.EXPORT_PEOPLE)
@limited("exports")
@require_GET
def invite_csv(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the file of the guests to invite."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return exports.download(
        request,
        guest_files.invitations_csv(issuance),
        name=f"invite-{issuance.pk}.csv",
        on=issuance,
        guests=guest_files.to_invite(issuance).count(),
        at=timezone.now(),
    )
