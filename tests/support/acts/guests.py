"""What a person can change about guests: for each act what a browser sends, and the object that it is about."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from guests.models import Feedback, RecoveryRule, Subscription
from guests.recovery import plans, recovery
from guests.recovery.recovery import GuestIdentifier


def subscribe(desk):
    consent = {"statement": "Yes.", "source": "Till", "agreed_on": "2026-01-02"}
    return "guests:subscribe", [], {**consent, "email": "ana@example.com"}


def subscription(desk) -> Subscription:
    desk.client.post(reverse("guests:subscribe", args=[desk.merchant.handle]), subscribe(desk)[2])
    return Subscription.objects.latest("pk")


def confirm_subscription(desk):
    return "guests:confirm-subscription", [subscription(desk).pk], {}


def retry_subscription(desk):
    key = subscription(desk).pk
    desk.client.post(reverse("guests:confirm-subscription", args=[desk.merchant.handle, key]))
    return "guests:retry-subscription", [key], {}


def subscription_columns(desk):
    consent = subscribe(desk)[2]
    pasted = {**consent, "email": "", "pasted": "bo@example.com"}
    desk.client.post(reverse("guests:subscribe", args=[desk.merchant.handle]), pasted)
    none = dict.fromkeys(("first_name", "last_name", "birthday", "zip_code"), "none")
    return "guests:subscription-columns", [Subscription.objects.latest("pk").pk], {"email": "0", **none}


def discard_subscription(desk):
    return "guests:discard-subscription", [subscription(desk).pk], {}


def read_feedback(desk):
    return "guests:read-feedback", [], {}


def feedback(desk) -> Feedback:
    number = Feedback.objects.count()
    said = {"stage": "rated", "rating": 3, "given_at": timezone.now(), "as_of": timezone.now()}
    return Feedback.objects.create(merchant=desk.merchant, thanx_id=f"f-{number}", user_id=f"u-{number}", **said)


def feedback_handled(desk):
    return "guests:feedback-handled", [feedback(desk).pk], {}


def take_out(desk):
    queued, guest = feedback(desk), GuestIdentifier(kind="email", value="ana@example.com")
    with transaction.atomic():
        plan = plans.locked_plan(desk.merchant)
        whose = {"variant": desk.campaign.variants.first(), "plan": plan, "by": desk.person, "at": timezone.now()}
        recovery.queue(feedback=queued, guest=guest, daily=True, **whose)
    return "guests:take-out", [queued.pk], {}


def new_recovery_rule(desk):
    return "guests:new-recovery-rule", [], terms(desk)


def recovery_rule(desk):
    return "guests:recovery-rule", [rule(desk).pk], {**terms(desk), "top_rating": 5}


def switch_recovery_rule(desk):
    return "guests:switch-recovery-rule", [rule(desk).pk], {"on": "yes"}


def rule(desk) -> RecoveryRule:
    desk.client.post(reverse("guests:new-recovery-rule", args=[desk.merchant.handle]), terms(desk))
    return RecoveryRule.objects.latest("pk")


def terms(desk):
    return {"top_rating": 3, "reward": desk.campaign.variants.first().pk, "within_days": 30}


def daily_recoveries(desk):
    return "guests:daily-recoveries", [], {"daily_at": "11:30"}


def tagging(desk):
    return "guests:tagging", [desk.confirmed().pk], {}


def personal_data(desk):
    return "guests:personal-data", [], {"days": "30"}


def erase_guest(desk):
    return "guests:erase-guest", [], {"email": "ana@example.com", "confirmed": "on"}


ACTS = [
    subscribe,
    subscription_columns,
    discard_subscription,
    confirm_subscription,
    retry_subscription,
    read_feedback,
    feedback_handled,
    take_out,
    new_recovery_rule,
    recovery_rule,
    switch_recovery_rule,
    daily_recoveries,
    tagging,
    personal_data,
    erase_guest,
]
