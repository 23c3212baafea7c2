"""Recoveries in tests: a reward at the sandbox, feedback of guests, and the steps."""

from django.urls import reverse
from django.utils import timezone

from campaigns.models import Variant
from guests.feedback.sync import read_one_feedback_page
from guests.models import Feedback, Recovery
from guests.recovery.batch_step import advance_one_recovery_batch
from issuance.audience.intake_step import read_one_upload
from partner_api.answers.readers import moment
from tests.support.factories import CampaignFactory, VariantFactory
from tests.support.steps import poll_one_batch, submit_one_batch

HANDLE = "bluebird-burger-bar"


def reward_at(sandbox, merchant, **fields) -> Variant:
    """Return the one reward of a campaign that is live at the sandbox."""
    made = sandbox.campaign(merchant=HANDLE)
    dates = {name: moment(made[name]) for name in ("start_at", "end_at", "redeemable_from", "redeemable_to")}
    campaign = CampaignFactory(merchant=merchant, thanx_id=made["id"], **{**dates, "name": "We are sorry", **fields})
    for position, one in enumerate(made["variants"]):
        control = {"reward_template": None} if one["name"] == "Control" else {}
        VariantFactory(campaign=campaign, position=position, name=one["name"], thanx_id=one["id"], share=50, **control)
    return campaign.variants.get(position=0)


def said(sandbox, client, merchant, **fields) -> Feedback:
    """Return a feedback that the portal has read."""
    given = sandbox.feedback(merchant=HANDLE, **{"rating": 2, **fields})
    client.post(reverse("guests:read-feedback", args=[merchant.handle]))
    while read_one_feedback_page(clock=timezone.now):
        continue
    return Feedback.objects.get(thanx_id=given["id"])


def members_of(sandbox, merchant):
    where = {"merchant_id": merchant.thanx_id, "per_page": 100}
    return sandbox.call("GET", "/partner/users", params=where).json()["users"]


def advance() -> bool:
    return advance_one_recovery_batch(clock=timezone.now)


def prepare(forward) -> None:
    """Run all steps that begin, read, confirm and settle; nothing is sent."""
    for _ in range(4):
        while advance() or read_one_upload(clock=timezone.now):
            continue
        forward(seconds=3)


def send(forward) -> None:
    """Run all steps that send, poll and settle."""
    for _ in range(4):
        while submit_one_batch() or poll_one_batch():
            continue
        forward(seconds=70)
    prepare(forward)


def recover(client, feedback, variant, when="now"):
    where = reverse("guests:recover", args=[feedback.merchant.handle, feedback.pk])
    return client.post(where, {"reward": variant.pk, "when": when})


def take_out(client, feedback):
    return client.post(reverse("guests:take-out", args=[feedback.merchant.handle, feedback.pk]))


def row_of(client, feedback, query=""):
    """Return the row of a feedback on the page of feedback."""
    shown = client.get(reverse("guests:feedback", args=[feedback.merchant.handle]) + query).context["page"].rows
    return next((row for row in shown if row.pk == feedback.pk), None)


def recovery_of(feedback) -> Recovery:
    return Recovery.objects.select_related("batch__issuance").get(feedback=feedback)
