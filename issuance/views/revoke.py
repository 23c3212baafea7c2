"""Take rewards back: a page that says what will happen to whom, and the act."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.guards import MerchantRequest, at_merchant
from accounts.models import Role
from engine.moves import IllegalMove, Overtaken
from issuance import revocation
from issuance.forms import RevokeForm
from issuance.models import Issuance
from issuance.pages.places import place
from issuance.pages.revoke import RevokePage, revoke_page
from issuance.pages.wording import counted
from issuance.views.fetch import confirmed_issuance_of, posted


@at_merchant(Role.MARKETER)
@require_http_methods(["GET", "POST"])
def page(request: MerchantRequest, issuance_id: int) -> HttpResponse:
    """Show the impact of revoking all jobs, or with ?job= one; then do it."""
    issuance = confirmed_issuance_of(request, issuance_id)
    shown = revoke_page(issuance, job=request.GET.get("job", ""))
    form = RevokeForm(posted(request), rewards=shown.rewards)
    if request.method == "POST" and not shown.why_not and form.is_valid():
        return _revoked(request, issuance, shown, form)
    return render(request, "issuance/revoke.html", {"page": shown, "form": form})


def _revoked(request: MerchantRequest, issuance: Issuance, shown: RevokePage, form: RevokeForm) -> HttpResponse:
    also_running = form.cleaned_data["also_running"] and not shown.one_job
    try:
        asked = revocation.revoke_batches(
            issuance=issuance,
            by=request.user,
            at=timezone.now(),
            reason=form.reason_text,
            batches=shown.batches_to_ask(also_running=also_running),
            also_running=also_running,
        )
    except (revocation.NothingToRevoke, IllegalMove, Overtaken):
        messages.info(request, "Nothing could be revoked: it has changed in the meantime. This is how it stands now.")
    else:
        later = f", {asked.when_ended:,} more as they finish" if asked.when_ended else ""
        messages.success(request, f"{counted(asked.now, 'job')} will be revoked now{later}.")
    return redirect(place("detail", issuance))
