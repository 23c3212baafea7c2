"""The simulator: buttons that make our own sandbox misbehave."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from certification import simulator
from certification.pages.simulator import simulator_page
from ui.messages import message_on

NOT_OURS = "Nothing was changed: the host is no sandbox of ours, or it does not answer."


@for_installation(Act.RUN_PROOFS)
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    return render(request, "staff/simulator.html", {"page": simulator_page()})


@for_installation(Act.RUN_PROOFS)
@require_POST
def press(request: PortalRequest, key: str) -> HttpResponse:
    try:
        button = simulator.press(key=key, by=request.user, at=timezone.now())
    except KeyError:
        raise Http404 from None
    except simulator.NoLocalSandbox:
        messages.error(request, NOT_OURS)
    else:
        messages.success(request, f"{button.does} {button.seen}")
    return redirect("certification:simulator")


@for_installation(Act.RUN_PROOFS)
@require_POST
def put_right(request: PortalRequest) -> HttpResponse:
    with message_on(request, {simulator.NoLocalSandbox: NOT_OURS}, level=messages.ERROR):
        simulator.put_right(by=request.user, at=timezone.now())
        messages.success(request, "The sandbox behaves again.")
    return redirect("certification:simulator")
