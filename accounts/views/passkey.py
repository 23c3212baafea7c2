"""Removing a passkey. allauth asks for a fresh proof, but not whether the user must keep a factor."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.guards import PortalRequest, signed_in

LAST_ONE = "Your role needs a second factor, and this is your only one. Add another one first."


@signed_in
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Remove a passkey, unless it is the only factor of a user who must have one."""
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    if not get_adapter().can_delete_authenticator(passkey):
        messages.error(request, LAST_ONE)
        return redirect("mfa_list_webauthn")
    answer: HttpResponse = views.remove_webauthn(request, pk=pk)
    return answer
