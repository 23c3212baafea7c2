"""Search for a guest, and the guest's page. Identifiers are posted; URLs hold fingerprints."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited, posted
from guests import scopes
from guests.forms import FindForm, SettingsForm
from guests.lookup import lookup
from guests.pages.profile import profile_page, settings_of
from guests.scopes import Scope
from guests.tags.tags import tags_of
from guests.views.fetch import wanted_of
from issuance.jobs.guest_search import query_of
from partner_api.answers.guests import CommunicationSettings
from partner_api.error_codes import explained
from partner_api.errors import PartnerError

NOT_AN_IDENTIFIER = (
    "This is neither an email address nor a phone number. A number from abroad needs its country code, such as +44."
)


@at_merchant(Act.LOOK_UP_GUESTS)
@limited("look_ups", when=posted)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: MerchantRequest) -> HttpResponse:
    form = FindForm(request.POST or None)
    shown: dict[str, Any] = {"form": form, "lacks": scopes.lacking(Scope.USERS)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "guests/find.html", shown)
    try:
        token = lookup.look_up_guest(
            merchant=request.merchant, text=form.cleaned_data["q"], by=request.user, at=timezone.now()
        )
    except lookup.NotAnIdentifier:
        form.add_error("q", NOT_AN_IDENTIFIER)
        return render(request, "guests/find.html", shown)
    except PartnerError as error:
        trouble = explained(error, scope=Scope.USERS)
        own = query_of(form.cleaned_data["q"], merchant=request.merchant).token
        return render(request, "guests/find.html", {**shown, "trouble": trouble, "own": own})
    return redirect("guests:profile", request.merchant.handle, token)


@at_merchant(Act.LOOK_UP_GUESTS)
@require_GET
def profile(request: MerchantRequest, token: str) -> HttpResponse:
    """Show one guest. Thanx is not called: the search has cached its answer."""
    wanted, now = wanted_of(token), timezone.now()
    chosen = request.GET.get("campaign", "")
    page = profile_page(
        merchant=request.merchant,
        wanted=wanted,
        answer=lookup.cached_answer(merchant=request.merchant, wanted=wanted, at=now),
        tags=tags_of(merchant=request.merchant, wanted=wanted, at=now),
        clear=reveals.is_open(request, at=now),
        campaign_id=int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 else None,  # noqa: PLR2004
    )
    guests = 1 if page.person or page.feedback else 0
    reveal = reveals.reveal_offer(request, on=request.merchant, guests=guests, at=now)
    return render(request, "guests/profile.html", {"page": page, "reveal": reveal})


@at_merchant(Act.CHANGE_GUESTS)
@limited("look_ups", when=posted)
@require_POST
def settings(request: MerchantRequest, token: str) -> HttpResponse:
    """Show which settings of a guest would change, and change them once the user confirms."""
    wanted = wanted_of(token)
    answer = lookup.cached_answer(merchant=request.merchant, wanted=wanted, at=timezone.now())
    if answer is None or answer.user is None or answer.user.communication is None:
        messages.warning(request, "Too long ago: please search for the guest again before you change anything.")
        return redirect("guests:find", request.merchant.handle)
    known = settings_of(answer.user.communication)
    form = SettingsForm(request.POST, settings=known)
    if not form.is_valid() or not form.changed:
        messages.info(request, "Nothing was changed.")
        return redirect("guests:profile", request.merchant.handle, token)
    changes = [(one.label, form.changed[one.name]) for one in known if one.name in form.changed]
    shown = {"form": form, "token": token, "changes": changes, "name": answer.user.first_name}
    if not form.cleaned_data["confirmed"]:
        return render(request, "guests/settings.html", shown)
    try:
        whose: dict[str, Any] = {"merchant": request.merchant, "wanted": wanted, "guest": answer.user}
        changed = CommunicationSettings(**form.changed)
        lookup.change_settings(**whose, changed=changed, by=request.user, at=timezone.now())
    except PartnerError as error:
        trouble = explained(error, scope=Scope.SETTINGS_WRITE)
        return render(request, "guests/settings.html", {**shown, "trouble": trouble})
    messages.success(request, "Changed at Thanx.")
    return redirect("guests:profile", request.merchant.handle, token)
