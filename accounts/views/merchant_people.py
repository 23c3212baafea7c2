"""The people of a merchant: invite, change roles, switch off, and the access review."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit
from accounts.forms.merchant_people import InviteForm, RoleForm
from accounts.guards import MerchantRequest, at_merchant
from accounts.memberships import is_last_role, remove_member, set_role
from accounts.models import Invitation, Membership
from accounts.pages.merchant_people import merchant_people_page
from accounts.people import invitations
from accounts.people.access_review import access_csv
from accounts.permissions import Act
from accounts.user_limits import limited
from accounts.views.invitation_mail import NO_MAIL, send
from ui.downloads import as_file

OWN_ROLE = "You cannot change your own role. Ask another manager or an operator."


@at_merchant(Act.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: MerchantRequest) -> HttpResponse:
    """Show everyone with access, and invite."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    page = merchant_people_page(request.merchant, at=timezone.now())
    if request.method == "POST" and not page.can_invite:
        form.add_error(None, NO_MAIL)
    elif request.method == "POST" and form.is_valid():
        asked = {"email": form.cleaned_data["email"], "role": form.cleaned_data["role"], "by": request.user}
        send(request, invitations.invite(merchant=request.merchant, **asked, at=timezone.now()))
        return redirect("people:list", request.merchant.handle)
    return render(request, "accounts/merchant_people.html", {"page": page, "form": form})


@at_merchant(Act.MANAGE_PEOPLE)
@limited("exports")
@require_GET
def csv(request: MerchantRequest) -> StreamingHttpResponse:
    merchant = request.merchant
    members = Membership.objects.filter(merchant=merchant).count()
    audit.record(
        action="access reviewed",
        on=merchant,
        by=request.user,
        at=timezone.now(),
        merchant_id=merchant.pk,
        members=members,
    )
    return as_file(access_csv(merchant), name=f"access-{merchant.handle}.csv")


@at_merchant(Act.MANAGE_PEOPLE)
@require_POST
def send_again(request: MerchantRequest, invitation_id: int) -> HttpResponse:
    """Send a new link; the one of before does not work any more."""
    invitation = _pending(request, invitation_id)
    send(request, invitations.invite_again(invitation, by=request.user, at=timezone.now()))
    return redirect("people:list", request.merchant.handle)


@at_merchant(Act.MANAGE_PEOPLE)
@require_POST
def withdraw(request: MerchantRequest, invitation_id: int) -> HttpResponse:
    invitation = _pending(request, invitation_id)
    invitations.withdraw(invitation=invitation, by=request.user, at=timezone.now())
    messages.success(request, f"The link for {invitation.email} does not work any more.")
    return redirect("people:list", request.merchant.handle)


@at_merchant(Act.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: MerchantRequest, membership_id: int) -> HttpResponse:
    """Show one member, and give another role."""
    membership = _member(request, membership_id)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": membership.role})
    if request.method == "POST" and membership.user == request.user:
        form.add_error(None, OWN_ROLE)
    elif request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        set_role(user=membership.user, merchant=request.merchant, role=role, by=request.user, at=timezone.now())
        messages.success(request, f"{membership.user} is {role.label} now.")
        return redirect("people:list", request.merchant.handle)
    return render(request, "accounts/member.html", {"membership": membership, "form": form})


@at_merchant(Act.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: MerchantRequest, membership_id: int) -> HttpResponse:
    """Show what switching off means, then take the role away."""
    membership = _member(request, membership_id)
    if membership.user == request.user:
        messages.error(request, OWN_ROLE)
        return redirect("people:list", request.merchant.handle)
    if request.method != "POST":
        shown = {"membership": membership, "is_last_role": is_last_role(membership)}
        return render(request, "accounts/member_switch_off.html", shown)
    remove_member(membership=membership, by=request.user, at=timezone.now())
    messages.success(request, f"{membership.user} has no access to {request.merchant.name} any more.")
    return redirect("people:list", request.merchant.handle)


def _pending(request: MerchantRequest, invitation_id: int) -> Invitation:
    return get_object_or_404(Invitation.objects.pending(), pk=invitation_id, merchant=request.merchant)


def _member(request: MerchantRequest, membership_id: int) -> Membership:
    rows = Membership.objects.select_related("user", "merchant")
    return get_object_or_404(rows, pk=membership_id, merchant=request.merchant)
