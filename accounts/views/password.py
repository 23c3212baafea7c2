"""The pages of allauth that need more than allauth asks for."""

from allauth.account import views
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.guards import PortalRequest, signed_in


@signed_in
@sensitive_post_parameters("password1", "password2")
def change_password(request: PortalRequest) -> HttpResponse:
    """Change the password of a user who has just shown that it is still them.

    What was typed is not kept while allauth asks for that: it would lie in the session.
    """
    if not request.user.has_usable_password():
        return redirect("account_set_password")
    if request.method == "POST" and is_reauthentication_required(request, app="allauth.account"):
        return redirect("account_change_password")
    answer: HttpResponse = reauthentication_required(views.password_change)(request)
    return answer


@signed_in
def set_password(request: PortalRequest) -> HttpResponse:
    """Send users who have no password to the email with a link: an open session is no proof that they are there."""
    return redirect("account_change_password" if request.user.has_usable_password() else "account_reset_password")
