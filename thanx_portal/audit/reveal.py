"""The button above masked guests: it shows them for a few minutes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act

WITHOUT_REASON = "Please choose why you need to see the guests. They are still masked."
TOO_OLD = "This button was too old. Please open the page again. The guests are still masked."


@at_merchant(Act.REVEAL_IDENTIFIERS)
@require_POST
def reveal(request: MerchantRequest) -> HttpResponse:
    """Show the guests of the page that the button was on. Without a reason they stay masked."""
    token, why = request.POST.get("token", ""), request.POST.get("why", "")
    try:
        if why not in reveals.CHOSEN:
            then = reveals.page_of(request, token=token)
            messages.warning(request, WITHOUT_REASON)
        else:
            then = reveals.open_offered(request, token=token, why=reveals.Why(why), at=timezone.now())
    except reveals.NotOffered:
        messages.warning(request, TOO_OLD)
        return redirect("merchant-home", request.merchant.handle)
    return redirect(f"{then}#reveal")
