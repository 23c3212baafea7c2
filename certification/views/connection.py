"""The connection page. It shows the last check; only its button calls Thanx."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from accounts.user_limits import limited
from certification import connection
from certification.pages.connection import connection_page


@for_installation(Act.READ_PROOFS)
@require_GET
def page(request: PortalRequest) -> HttpResponse:
    return render(request, "staff/connection.html", {"page": connection_page(at=timezone.now())})


@for_installation(Act.RUN_PROOFS)
@limited("checks")
@require_POST
def run(request: PortalRequest) -> HttpResponse:
    connection.diagnose(by=request.user, clock=timezone.now)
    return redirect("certification:connection")
