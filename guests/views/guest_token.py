"""The operators' page for a guest's token. The answer to the POST shows it; it is stored nowhere."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.guards import PortalRequest, for_installation
from accounts.permissions import Act
from accounts.user_limits import limited, posted
from guests import scopes
from guests.forms import GuestTokenForm
from guests.lookup.guest_token import request_token
from guests.lookup.lookup import NotAnIdentifier
from guests.scopes import Scope
from partner_api.error_codes import explained
from partner_api.errors import PartnerError


@for_installation(Act.OPEN_GUEST_TOKENS)
@limited("look_ups", when=posted)
@never_cache
@sensitive_post_parameters("guest")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PortalRequest) -> HttpResponse:
    form = GuestTokenForm(request.POST or None)
    shown: dict[str, Any] = {"form": form, "lacks": scopes.lacking(Scope.TOKENS)}
    if request.method == "POST" and form.is_valid():
        try:
            shown["token"] = request_token(**form.cleaned_data, by=request.user, at=timezone.now())
        except NotAnIdentifier:
            form.add_error("guest", "Please enter an email address or a phone number.")
        except PartnerError as error:
            shown["trouble"] = explained(error, scope=Scope.TOKENS)
    return render(request, "staff/guest_token.html", shown)
