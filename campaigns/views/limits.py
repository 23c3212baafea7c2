"""The limits of a merchant that its managers set."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from campaigns.forms import LimitsForm
from campaigns.limits import set_limits


@at_merchant(Act.SET_LIMITS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest) -> HttpResponse:
    """Show the limits, and set them."""
    present = {name: getattr(request.merchant, name) for name in LimitsForm.base_fields}
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=present, portal=_of_the_portal())
    if request.method == "POST" and form.is_valid():
        set_limits(merchant=request.merchant, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, "Saved. The limits hold from now on.")
        return redirect("campaigns:limits", request.merchant.handle)
    return render(request, "campaigns/limits.html", {"form": form})


def _of_the_portal() -> dict[str, str]:
    cap = f"{settings.DAILY_CAP:,}" if settings.DAILY_CAP else "any number"
    return {"daily_cap": cap, "unpriced_value": f"${settings.UNPRICED_REWARD_VALUE:,}"}
