"""The list of feedback, and the one answer to each feedback."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, reveals
from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from accounts.user_limits import limited, posted
from guests.feedback import replies
from guests.feedback.replies import AlreadyAnswered, MayStillArrive
from guests.feedback.sync import read_soon, sync_of
from guests.forms import AnswerForm
from guests.pages.feedback import feedback_page
from guests.pages.feedback_rows import shown_text
from guests.scopes import Scope
from guests.views.fetch import feedback_of
from partner_api.error_codes import explained
from partner_api.errors import OutcomeUnknown, PartnerError
from ui.messages import message_on

MAY_STILL_ARRIVE = "Thanx does not show it yet, and it may still arrive. Please look again in a minute."


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    """The first visit makes the first pass of reading due."""
    now = timezone.now()
    sync = sync_of(merchant=request.merchant, at=now)
    clear = reveals.is_open(request, at=now)
    page = feedback_page(request.merchant, query=request.GET.dict(), sync=sync, at=now, clear=clear)
    reveal = reveals.reveal_offer(request, on=request.merchant, guests=page.page.paginator.count, at=now)
    may_act = request.rights.may(Act.ANSWER_FEEDBACK)
    return render(request, "guests/feedback.html", {"page": page, "may_act": may_act, "reveal": reveal})


@at_merchant(Act.ANSWER_FEEDBACK)
@limited("checks")
@require_POST
def read(request: MerchantRequest) -> HttpResponse:
    now = timezone.now()
    sync = sync_of(merchant=request.merchant, at=now)
    read_soon(merchant=request.merchant, at=now)
    audit.record(action="feedback asked for", on=sync, by=request.user, at=now, merchant_id=request.merchant.pk)
    return redirect("guests:feedback", request.merchant.handle)


@at_merchant(Act.ANSWER_FEEDBACK)
@limited("checks", when=posted)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: MerchantRequest, feedback_id: int) -> HttpResponse:
    feedback = feedback_of(request, feedback_id)
    form = AnswerForm(request.POST or None)
    shown: dict[str, Any] = {"form": form, "feedback": feedback, "review": shown_text(feedback.sealed_review)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "guests/feedback_answer.html", shown)
    if not form.cleaned_data["confirmed"]:
        return render(request, "guests/feedback_answer.html", {**shown, "preview": form.cleaned_data["text"]})
    try:
        replies.answer_feedback(feedback=feedback, text=form.cleaned_data["text"], by=request.user, at=timezone.now())
    except AlreadyAnswered:
        messages.warning(request, "This guest was answered already. Nothing more was sent.")
    except OutcomeUnknown:
        messages.warning(request, "We do not know whether the answer was sent. Look at Thanx before anything else.")
    except PartnerError as error:
        shown["trouble"] = explained(error, scope=Scope.FEEDBACK_WRITE)
        return render(request, "guests/feedback_answer.html", shown)
    else:
        messages.success(request, "Sent to the guest.")
    return redirect("guests:feedback", request.merchant.handle)


@at_merchant(Act.ANSWER_FEEDBACK)
@limited("checks")
@require_POST
def look_for_reply(request: MerchantRequest, feedback_id: int) -> HttpResponse:
    failed = message_on(request, {PartnerError: _advice}, level=messages.ERROR)
    with failed, message_on(request, {MayStillArrive: MAY_STILL_ARRIVE}):
        feedback = feedback_of(request, feedback_id)
        was_sent = replies.look_for_reply(feedback=feedback, by=request.user, at=timezone.now())
        messages.info(request, "The answer was sent." if was_sent else "It was not sent. You can answer now.")
    return redirect("guests:feedback", request.merchant.handle)


@at_merchant(Act.ANSWER_FEEDBACK)
@require_POST
def handled(request: MerchantRequest, feedback_id: int) -> HttpResponse:
    replies.mark_handled(feedback=feedback_of(request, feedback_id), by=request.user, at=timezone.now())
    return redirect("guests:feedback", request.merchant.handle)


def _advice(error: PartnerError) -> str:
    return explained(error, scope=Scope.FEEDBACK_READ).advice
