"""Revoking rewards: the impact, the act, and the approval by a second user."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from engine.moves import IllegalMove, Overtaken
from issuance.approvals.to_revoke import to_revoke
from issuance.approvals.two_person import AlreadyAsked, RequestRefused
from issuance.followup import revocation
from issuance.forms.revoke import ApproveRevocationForm, RevokeForm
from issuance.models import Issuance
from issuance.pages.approval import seen
from issuance.pages.links import place
from issuance.pages.revoke import RevokePage, revoke_page
from issuance.sending.role_limits import Size, left_to_revoke
from issuance.views.fetch import answer_shown, confirmed_issuance_of, posted
from ui.messages import Messages, message_on
from ui.wording import counted

ASKED_BEFORE = "A user has asked for a revocation already. It waits below."
NOTHING_DONE = "Nothing could be done: it has changed in the meantime. This is how it stands now."
APPROVED_BEFORE = "This has been approved already."
NOTHING_REVOKED = "Nothing could be revoked: it has changed in the meantime. This is how it stands now."
TOO_LATE = (revocation.NothingToRevoke, IllegalMove, Overtaken)
REFUSED: Messages = {RequestRefused: str, **dict.fromkeys(TOO_LATE, NOTHING_DONE)}
REVOKED_ALONE: Messages = {**dict.fromkeys(TOO_LATE, NOTHING_REVOKED), revocation.RevocationNeedsApproval: str}


@at_merchant(Act.REVOKE)
@require_http_methods(["GET", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show the impact of revoking all jobs, or with ?job= one; then revoke, or ask for a second user's approval."""
    issuance = confirmed_issuance_of(request, issuance_id)
    shown = revoke_page(issuance, job=request.GET.get("job", ""))
    form = RevokeForm(posted(request) if shown.request is None else None, rewards=shown.rewards)
    if request.method == "POST" and not shown.why_not and form.is_valid():
        most = shown.rewards_at_most(also_running=_also_running(shown, form))
        return (_revoked if _may_alone(request, most) else _asked)(request, issuance, shown, form)
    return _shown(request, shown, form)


def _may_alone(request: MerchantRequest, rewards: int) -> bool:
    left = left_to_revoke(request.user, merchant=request.merchant, at=timezone.now())
    return left.allows(Size(rewards=rewards))


def _also_running(shown: RevokePage, form: RevokeForm) -> bool:
    return bool(form.cleaned_data["also_running"]) and not shown.one_job


def _shown(request: MerchantRequest, shown: RevokePage, form: RevokeForm) -> HttpResponse:
    asked = shown.request
    context = {
        "page": shown,
        "form": form,
        "takes_two": not _may_alone(request, shown.rewards),
        "takes_two_with_running": not _may_alone(request, shown.rewards_at_most(also_running=True)),
        "asked": seen(asked, act=to_revoke, by=request.user, at=timezone.now()) if asked else None,
        "approval": form if isinstance(form, ApproveRevocationForm) else ApproveRevocationForm(rewards=shown.rewards),
    }
    return render(request, "issuance/revoke.html", context)


def _asked(request: MerchantRequest, issuance: Issuance, shown: RevokePage, form: RevokeForm) -> HttpResponse:
    also_running = _also_running(shown, form)
    with message_on(request, {AlreadyAsked: ASKED_BEFORE}):
        to_revoke.ask(
            issuance=issuance,
            batches=shown.batches_to_ask(also_running=also_running),
            also_running=also_running,
            rewards=shown.rewards_at_most(also_running=also_running),
            reason=form.reason_text,
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, "Asked. An approver or manager decides on this page; nothing is revoked until then.")
    return redirect(place("revoke", issuance))


@at_merchant(Act.APPROVE)
@require_POST
def approve(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Approve what another user has asked to revoke."""
    issuance = confirmed_issuance_of(request, issuance_id)
    shown = revoke_page(issuance)
    form = ApproveRevocationForm(request.POST, rewards=shown.rewards)
    if shown.request is None or shown.why_not:
        messages.info(request, NOTHING_DONE)
        return redirect(place("revoke", issuance))
    if not form.is_valid():
        return _shown(request, shown, form)
    with message_on(request, REFUSED):
        queued = to_revoke.approve(**answer_shown(request, issuance))
        messages.success(request, _told(queued) if queued else APPROVED_BEFORE)
        return redirect(place("detail", issuance))
    return redirect(place("revoke", issuance))


@at_merchant(Act.APPROVE)
@require_POST
def decline(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Decline a request; the guests keep their rewards."""
    return _ended(request, issuance_id, to_revoke.decline, "Declined. The guests keep their rewards.")


@at_merchant(Act.REVOKE)
@require_POST
def withdraw(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    return _ended(request, issuance_id, to_revoke.withdraw, "Withdrawn. The guests keep their rewards.")


def _ended(request: MerchantRequest, issuance_id: int, act: Callable[..., None], done: str) -> HttpResponse:
    issuance = confirmed_issuance_of(request, issuance_id)
    with message_on(request, REFUSED):
        act(**answer_shown(request, issuance))
        messages.success(request, done)
    return redirect(place("revoke", issuance))


def _told(queued: revocation.QueuedRevocations) -> str:
    later = f", {queued.when_ended:,} more as they finish" if queued.when_ended else ""
    return f"{counted(queued.now, 'job')} will be revoked now{later}."


def _revoked(request: MerchantRequest, issuance: Issuance, shown: RevokePage, form: RevokeForm) -> HttpResponse:
    also_running = _also_running(shown, form)
    with message_on(request, REVOKED_ALONE):
        queued = revocation.revoke_alone(
            issuance=issuance,
            by=request.user,
            at=timezone.now(),
            reason=form.reason_text,
            batches=shown.batches_to_ask(also_running=also_running),
            also_running=also_running,
            rewards=shown.rewards_at_most(also_running=also_running),
        )
        messages.success(request, _told(queued))
    return redirect(place("detail", issuance))
