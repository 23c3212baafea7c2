"""The certification page, the checklist for going live, and the export of evidence."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from accounts.user_limits import limited
from certification import evidence as evidences
from certification.pages.certification import certification_page, since_when
from certification.pages.going_live import going_live_page


@for_installation(Act.READ_PROOFS)
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    shown = certification_page(period=request.GET.get("period", ""), at=timezone.now())
    return render(request, "staff/certification.html", {"page": shown})


@for_installation(Act.READ_PROOFS)
@require_GET
def going_live(request: PortalRequest) -> HttpResponse:
    return render(request, "staff/going_live.html", {"page": going_live_page(at=timezone.now())})


@for_installation(Act.READ_PROOFS)
@limited("exports")
@require_POST
def evidence(request: PortalRequest) -> HttpResponse:
    at = timezone.now()
    try:
        found = evidences.handed_out(since=since_when(request.POST.get("period", ""), at=at), by=request.user, at=at)
    except evidences.Leaking as refusal:
        messages.error(request, str(refusal))
        return redirect("certification:certification")
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.zip"'}
    return HttpResponse(found.zipped(), content_type="application/zip", headers=headers)
