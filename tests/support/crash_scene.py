"""What the processes of the crash tests do: `python -m tests.support.crash_scene PART`, one JSON document each."""

import json
import sys
import time

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from issuance.followup.revocation import revoke_batches
from issuance.followup.revocation_step import revoke_one_batch
from issuance.jobs.polling import poll_one_batch
from issuance.models import Batch
from issuance.sending.submission import submit_one_batch
from issuance.states import AT_WORK
from partner_api.answers.readers import moment
from tests.support.factories import CampaignFactory, MerchantFactory, VariantFactory, create_frozen_batch

VALUES = ("ana@example.com", "bo@example.com", "+12125550123")


def set_up(told: str) -> None:
    """Make a database with one queued batch for a campaign of the sandbox."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    document = json.loads(told)
    merchant = MerchantFactory(thanx_id=document["merchant_id"])
    campaign = CampaignFactory(
        merchant=merchant, thanx_id=document["id"], redeemable_to=moment(document["redeemable_to"])
    )
    variant = VariantFactory(campaign=campaign, thanx_id=document["variants"][0]["id"])
    create_frozen_batch(*VALUES, issuance__campaign=campaign, variant=variant, due_at=timezone.now())


def work() -> None:
    while True:
        _work_a_little()


def work_until_done() -> None:
    deadline = time.monotonic() + 100
    while Batch.objects.filter(state__in=AT_WORK).exists() and time.monotonic() < deadline:
        _work_a_little()


def ask_to_revoke() -> None:
    batch = Batch.objects.get()
    revoke_batches(issuance=batch.issuance, by=None, at=timezone.now(), reason="a test")


def _work_a_little() -> None:
    if not any([submit_one_batch(), revoke_one_batch(), poll_one_batch()]):
        time.sleep(0.05)


if __name__ == "__main__":
    part, *arguments = sys.argv[1:]
    globals()[part](*arguments)
    batch = Batch.objects.get()
    shown = {
        "state": batch.state,
        "key": str(batch.idempotency_key),
        "attempts": batch.attempts,
        "issued": batch.issued_count,
        "moves": list(batch.events.values_list("move", flat=True)),
    }
    sys.stdout.write(json.dumps(shown))
