"""An issued reward at Capillary. The numbers are posted, so that no URL, history or log holds them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited, posted
from guests.forms import IssuedRewardForm
from guests.lookup.issued_rewards import AnotherOrganisation, IssuedRewardQuery, look_up_issued_reward, why_not_shown
from guests.pages.issued_rewards import issued_reward_page
from partner_api import connect
from partner_api.calls.capillary import CodeCase
from partner_api.errors import PartnerError
from ui.components.rewards import origin_of_image


@at_merchant(Act.LOOK_UP_GUESTS)
@limited("look_ups", when=posted)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MerchantRequest) -> HttpResponse:
    """Nothing is cached: every look-up calls Capillary."""
    found = connect.capillary_configuration()
    form = IssuedRewardForm(request.POST or None, hosts=tuple(found.hosts))
    shown: dict[str, Any] = {"form": form, "remedy": found.remedy, "linked": bool(request.merchant.capillary_org)}
    if found.remedy or not request.merchant.capillary_org or not form.is_valid():
        return render(request, "guests/issued_rewards.html", shown)
    typed, now = form.cleaned_data, timezone.now()
    query = IssuedRewardQuery(
        customer_id=typed["customer"],
        transaction_id=typed["transaction"],
        code_case=CodeCase(typed["code_case"]),
        host=typed["host"],
    )
    try:
        issual = look_up_issued_reward(query, merchant=request.merchant, by=request.user, at=now)
    except (PartnerError, AnotherOrganisation) as problem:
        return render(request, "guests/issued_rewards.html", {**shown, "refusal": why_not_shown(problem)})
    may_prove, clear = request.rights.may(Act.RUN_PROOFS), reveals.is_open(request, at=now)
    page = issued_reward_page(issual, at=now, with_raw=may_prove, clear=clear)
    shown["reveal"] = reveals.reveal_offer(request, on=request.merchant, guests=1, at=now)
    request.picture_origins = " ".join(origin_of_image(picture.url) for picture in page.pictures)
    return render(request, "guests/issued_rewards.html", {**shown, "page": page})
