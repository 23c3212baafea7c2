"""The rules that queue rewards for feedback, and the time of the daily batch. Managers change them; all may look."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MerchantRequest, at_merchant
from accounts.permissions import Act
from guests.models import RecoveryRule
from guests.pages.recovery_rules import rules_page
from guests.recovery import plans, recovery, rules
from guests.recovery.forms import DailyForm, RuleForm


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def index(request: MerchantRequest) -> HttpResponse:
    return _shown(request)


@at_merchant(Act.SET_RECOVERY_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MerchantRequest) -> HttpResponse:
    now = timezone.now()
    form = RuleForm(request.POST or None, rewards=recovery.rewards_of(request.merchant, at=now))
    if request.method != "POST" or not form.is_valid():
        return render(request, "guests/recovery_rule.html", {"form": form, "rule": None})
    rules.set_up_rule(merchant=request.merchant, **form.terms, by=request.user, at=now)
    messages.success(request, "The rule is set up. It does nothing before you switch it on.")
    return redirect("guests:recovery-rules", request.merchant.handle)


@at_merchant(Act.SET_RECOVERY_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: MerchantRequest, rule_id: int) -> HttpResponse:
    rule, now = _rule(request, rule_id), timezone.now()
    before = {"reward": rule.variant_id, "top_rating": rule.top_rating, "within_days": rule.within_days}
    rewards = recovery.rewards_of(request.merchant, at=now)
    form = RuleForm(request.POST or None, rewards=rewards, initial=before)
    if request.method != "POST" or not form.is_valid():
        return render(request, "guests/recovery_rule.html", {"form": form, "rule": rule})
    rules.change_rule(rule=rule, **form.terms, by=request.user, at=now)
    messages.success(request, "Changed, for what guests say from now on.")
    return redirect("guests:recovery-rules", request.merchant.handle)


@at_merchant(Act.SET_RECOVERY_RULES)
@require_POST
def switch(request: MerchantRequest, rule_id: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    rules.switch_rule(rule=_rule(request, rule_id), on=on, by=request.user, at=timezone.now())
    off = "Switched off. Guests who are queued already stay queued; take guests out on the page of feedback."
    messages.success(request, "Switched on, for what guests say from now on." if on else off)
    return redirect("guests:recovery-rules", request.merchant.handle)


@at_merchant(Act.SET_RECOVERY_RULES)
@require_POST
def daily(request: MerchantRequest) -> HttpResponse:
    form = DailyForm(request.POST)
    if not form.is_valid():
        return _shown(request, form)
    chosen = form.cleaned_data["daily_at"]
    plans.change_daily_time(merchant=request.merchant, to=chosen, by=request.user, at=timezone.now())
    messages.success(request, "Saved. A batch that is being collected already keeps its time.")
    return redirect("guests:recovery-rules", request.merchant.handle)


def _shown(request: MerchantRequest, form: DailyForm | None = None) -> HttpResponse:
    page = rules_page(request.merchant, at=timezone.now())
    form = form or DailyForm(initial={"daily_at": page.daily_at})
    shown = {"page": page, "form": form, "may_change": request.rights.may(Act.SET_RECOVERY_RULES)}
    return render(request, "guests/recovery_rules.html", shown)


def _rule(request: MerchantRequest, rule_id: int) -> RecoveryRule:
    rows = RecoveryRule.objects.filter(merchant=request.merchant).select_related("variant__campaign")
    return get_object_or_404(rows, pk=rule_id)
