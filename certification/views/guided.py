"""The guided demo: the six demonstrations on the real pages."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from certification import guided
from certification.demonstrations import CannotDemonstrate
from certification.pages.guided import StartDemoForm, guided_page
from ui.messages import message_on


@for_installation(Act.READ_PROOFS)
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    return render(request, "staff/guided.html", {"page": guided_page(at=timezone.now())})


@for_installation(Act.RUN_PROOFS)
@require_POST
def start(request: PortalRequest) -> HttpResponse:
    form = StartDemoForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/guided.html", {"page": guided_page(at=timezone.now(), form=form)}, status=422)
    with message_on(request, {CannotDemonstrate: str}, level=messages.ERROR):
        guided.start_demo(merchant=form.cleaned_data["merchant"], by=request.user, at=timezone.now())
    return redirect("certification:demo")


@for_installation(Act.RUN_PROOFS)
@require_GET
def people(request: PortalRequest, kind: str) -> HttpResponse:  # noqa: ARG001 (every view takes the request)
    try:
        content = guided.list_of(kind)
    except KeyError:
        raise Http404 from None
    disposition = f'attachment; filename="certification-{kind}.csv"'
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})
