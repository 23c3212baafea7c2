"""What a person can change about guests: for each act what a browser sends, and the object that it is about."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from guests.models import Feedback, Subscription


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


def feedback_handled(desk):
    said = {"stage": "rated", "rating": 3, "given_at": timezone.now(), "as_of": timezone.now()}
    feedback = Feedback.objects.create(merchant=desk.merchant, thanx_id="f-1", **said)
    return "guests:feedback-handled", [feedback.pk], {}


def tagging(desk):
    return "guests:tagging", [desk.confirmed().pk], {}


ACTS = [
    subscribe,
    subscription_columns,
    discard_subscription,
    confirm_subscription,
    retry_subscription,
    read_feedback,
    feedback_handled,
    tagging,
]
