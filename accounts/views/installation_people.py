"""Operators and certifiers: who they are, and inviting one. Roles end in the admin."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.installation_people import InviteToInstallationForm
from accounts.guards import PortalRequest, for_installation
from accounts.models import Invitation
from accounts.pages.installation_people import installation_people_page
from accounts.people import invitations
from accounts.people.invitations import Invited
from accounts.permissions import Act, InstallationRole
from accounts.views.invitation_mail import NO_MAIL, send


@for_installation(Act.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: PortalRequest) -> HttpResponse:
    """Show who has a role in the installation, and invite."""
    form = InviteToInstallationForm(request.POST if request.method == "POST" else None)
    page = installation_people_page(at=timezone.now())
    if request.method == "POST" and not page.can_invite:
        form.add_error(None, NO_MAIL)
    elif request.method == "POST" and form.is_valid():
        send(request, _invited(request, form))
        return redirect("staff-people")
    return render(request, "accounts/installation_people.html", {"page": page, "form": form})


@for_installation(Act.MANAGE_ACCOUNTS)
@require_POST
def send_again(request: PortalRequest, invitation_id: int) -> HttpResponse:
    """Send a new link; the one of before does not work any more."""
    send(request, invitations.invite_again(_pending(invitation_id), by=request.user, at=timezone.now()))
    return redirect("staff-people")


@for_installation(Act.MANAGE_ACCOUNTS)
@require_POST
def withdraw(request: PortalRequest, invitation_id: int) -> HttpResponse:
    invitations.withdraw(invitation=_pending(invitation_id), by=request.user, at=timezone.now())
    return redirect("staff-people")


def _invited(request: PortalRequest, form: InviteToInstallationForm) -> Invited:
    email, now = form.cleaned_data["email"], timezone.now()
    if form.cleaned_data["role"] == InstallationRole.OPERATOR:
        return invitations.invite_operator(email=email, by=request.user, at=now)
    until = now + timedelta(days=form.cleaned_data["days"])
    return invitations.invite_certifier(email=email, until=until, by=request.user, at=now)


def _pending(invitation_id: int) -> Invitation:
    return get_object_or_404(Invitation.objects.pending(), pk=invitation_id, merchant=None)
