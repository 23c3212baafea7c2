"""The tags of one guest: read them, write one of ours, delete one of ours."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited
from guests.forms import TagForm
from guests.lookup import lookup
from guests.scopes import Scope
from guests.tags import tags
from guests.views.fetch import wanted_of
from issuance.jobs.guest_search import GuestQuery
from partner_api.answers import guests
from partner_api.error_codes import explained
from partner_api.errors import PartnerError
from ui.messages import MessageOn, message_on


@at_merchant(Act.LOOK_UP_GUESTS)
@limited("look_ups")
@require_POST
def read(request: MerchantRequest, token: str) -> HttpResponse:
    wanted, guest = _guest(request, token)
    if guest is None:
        return _search_again(request)
    with _message_on_failure(request, Scope.TAGS_READ):
        tags.read_tags(merchant=request.merchant, wanted=wanted, guest=guest)
    return redirect("guests:profile", request.merchant.handle, token)


@at_merchant(Act.CHANGE_GUESTS)
@limited("look_ups")
@require_POST
def write(request: MerchantRequest, token: str) -> HttpResponse:
    wanted, guest = _guest(request, token)
    if guest is None:
        return _search_again(request)
    form = TagForm(request.POST)
    if not form.is_valid():
        return render(request, "guests/tag.html", {"form": form, "token": token})
    what = {"merchant": request.merchant, "wanted": wanted, "guest": guest, "key": form.cleaned_data["key"]}
    with _message_on_failure(request, Scope.TAGS_WRITE):
        if form.cleaned_data["delete"]:
            tags.delete_tag(**what, by=request.user, at=timezone.now())
        else:
            tags.put_tag(**what, values=form.cleaned_data["values"], by=request.user, at=timezone.now())
    return redirect("guests:profile", request.merchant.handle, token)


def _guest(request: MerchantRequest, token: str) -> tuple[GuestQuery, guests.User | None]:
    wanted = wanted_of(token)
    answer = lookup.cached_answer(merchant=request.merchant, wanted=wanted, at=timezone.now())
    return wanted, answer.user if answer else None


def _search_again(request: MerchantRequest) -> HttpResponse:
    messages.warning(request, "Too long ago: please search for the guest again first.")
    return redirect("guests:find", request.merchant.handle)


def _message_on_failure(request: MerchantRequest, scope: Scope) -> MessageOn:
    def words(error: PartnerError) -> str:
        trouble = explained(error, scope=scope)
        return f"{trouble.happened} {trouble.todo}"

    return message_on(request, {PartnerError: words}, level=messages.ERROR)
