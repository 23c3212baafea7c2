"""Recovery: give a guest a reward for a feedback, or take the guest out of the daily batch."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from guests import scopes
from guests.models import Feedback
from guests.pages.feedback_rows import shown_text
from guests.pages.recovery import next_batch_words
from guests.recovery import recovery
from guests.recovery.forms import RecoverForm
from guests.scopes import Scope
from guests.views.fetch import feedback_of
from partner_api.error_codes import explained
from partner_api.errors import PartnerError
from ui.messages import message_on

ALREADY = "This was made right already. Nothing more was queued."
TOO_LATE = "It is too late: the guest’s reward is on its way. Look at the issuance."


@at_merchant(Act.RECOVER_GUESTS)
@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: MerchantRequest, feedback_id: int) -> HttpResponse:
    feedback, now = feedback_of(request, feedback_id), timezone.now()
    if not recovery.can_be_recovered(feedback):
        messages.info(request, ALREADY)
        return redirect("guests:feedback", request.merchant.handle)
    rewards = recovery.rewards_of(request.merchant, at=now)
    words = next_batch_words(request.merchant, at=now)
    form = RecoverForm(request.POST or None, rewards=rewards, daily_words=words, initial={"when": RecoverForm.DAILY})
    lacks = scopes.lacking(Scope.USERS)
    shown: dict[str, Any] = {"form": form, "feedback": feedback, "review": shown_text(feedback.sealed_review)}
    shown |= {"rewards": rewards, "lacks": lacks}
    if request.method != "POST" or lacks or not form.is_valid():
        return render(request, "guests/recover.html", shown)
    return _recovered(request, feedback, form, shown)


@at_merchant(Act.RECOVER_GUESTS)
@require_POST
def take_out(request: MerchantRequest, feedback_id: int) -> HttpResponse:
    with message_on(request, {recovery.TooLate: TOO_LATE}, level=messages.WARNING):
        recovery.take_out(feedback=feedback_of(request, feedback_id), by=request.user, at=timezone.now())
        messages.success(request, "Taken out. The guest gets nothing for this feedback unless a user chooses again.")
    return redirect("guests:feedback", request.merchant.handle)


def _recovered(request: MerchantRequest, feedback: Feedback, form: RecoverForm, shown: dict[str, Any]) -> HttpResponse:
    wish: dict[str, Any] = {"variant": form.variant, "daily": form.daily, "by": request.user, "at": timezone.now()}
    try:
        recovery.recover(feedback=feedback, **wish)
    except recovery.AlreadyRecovered:
        messages.info(request, ALREADY)
    except recovery.RewardClosed as closed:
        form.add_error("reward", f"{closed} Please choose another reward.")
        return render(request, "guests/recover.html", shown)
    except recovery.GuestUnreachable:
        form.add_error(None, f"{recovery.UNREACHABLE} Nothing was queued.")
        return render(request, "guests/recover.html", shown)
    except PartnerError as error:
        return render(request, "guests/recover.html", {**shown, "trouble": explained(error, scope=Scope.USERS)})
    else:
        messages.success(request, "Queued for the daily batch." if form.daily else "The reward is on its way.")
    return redirect("guests:feedback", request.merchant.handle)
