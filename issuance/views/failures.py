"""Who got no reward: read, download, try again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from issuance import exports, retries
from issuance.models import Failure
from issuance.pages.failures import failures_page
from issuance.pages.places import place, where_it_stands
from issuance.pages.recipients import number_in
from issuance.standing import summaries
from issuance.views.fetch import confirmed_issuance_of
from issuance.views.files import as_file
from issuance.views.search import to_found


@at_merchant(Role.VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """List the failures: all, by reason, by job, or of whom somebody looks for."""
    issuance = confirmed_issuance_of(request, issuance_id)
    if request.method == "POST":
        return to_found(request)
    summary = summaries([issuance])[issuance.pk]
    shown = failures_page(
        issuance,
        buckets=summary.buckets,
        running=summary.unfinished,
        reason=request.GET.get("reason", ""),
        job=number_in(request.GET.dict(), "job"),
        who=request.GET.get("who", ""),
        number=request.GET.get("page", "1"),
    )
    return render(request, "issuance/failures.html", {"page": shown, "may_act": request.role >= Role.MARKETER})


@at_merchant(Role.VIEWER)
@require_GET
def download(request: MerchantRequest, issuance_id: int) -> StreamingHttpResponse:
    """Offer the failures as a file with its original columns."""
    issuance = confirmed_issuance_of(request, issuance_id)
    return as_file(exports.failures_csv(issuance), name=f"failures-{issuance.pk}.csv")


@at_merchant(Role.MARKETER)
@require_POST
def retry(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Make a linked draft of those who got nothing, all of them or those of one reason."""
    issuance = confirmed_issuance_of(request, issuance_id)
    reason = request.POST.get("reason", "")
    wanted = Failure.objects.filter(batch__issuance=issuance, reason_code=reason) if reason else None
    try:
        child = retries.retry_failures(issuance=issuance, by=request.user, at=timezone.now(), failures=wanted)
    except retries.NothingToRetry:
        messages.info(request, "Another retry has taken these failures already. It is linked below.")
        return redirect(place("failures", issuance))
    return redirect(where_it_stands(child))
