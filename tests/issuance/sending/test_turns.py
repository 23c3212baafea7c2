"""Merchants take turns: a merchant with one job does not wait for the hundred jobs of another."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Merchant
from issuance.models import Batch
from issuance.states import BatchState
from partner_api.models import Grant
from tests.support.desk import Desk
from tests.support.factories import (
    NOON,
    BatchFactory,
    CampaignFactory,
    IssuanceFactory,
    MerchantFactory,
    create_batch_with_job,
    create_frozen_batch,
)
from tests.support.steps import poll_one_batch, revoke_one_batch, submit_one_batch

pytestmark = pytest.mark.django_db


def queue(merchant, *, jobs, make, **fields):
    """Make jobs of a merchant, all due before those that are made next."""
    campaign = CampaignFactory(merchant=merchant, redeemable_to=timezone.now() + timedelta(days=9))
    due_at = NOON - timedelta(hours=2) + timedelta(minutes=Batch.objects.count())
    for number in range(1, jobs + 1):
        make(issuance=IssuanceFactory(campaign=campaign), number=number, due_at=due_at, **fields)


def frozen(**fields):
    return create_frozen_batch(f"guest{fields['issuance'].pk}-{fields['number']}@example.com", **fields)


@pytest.mark.parametrize(
    ("step", "make", "fields"),
    [
        (submit_one_batch, frozen, {}),
        (poll_one_batch, create_batch_with_job, {}),
        (revoke_one_batch, create_batch_with_job, {"state": BatchState.REVOKE_QUEUED}),
    ],
)
@pytest.mark.usefixtures("sandbox", "clock")
def test_merchants_with_due_jobs_take_turns(step, make, fields):
    for jobs in (4, 2, 1):
        queue(MerchantFactory(), jobs=jobs, make=make, **fields)
    first, second, third = Merchant.objects.order_by("pk").values_list("thanx_id", flat=True)
    turns = []
    while step():
        turns.append(Grant.objects.latest("pk").merchant)

    assert turns == [first, second, third, first, second, first, first]


@pytest.fixture
def desk(client):
    return Desk(client)


def test_the_page_of_a_run_says_that_others_wait_for_their_turn_too(desk):
    run = IssuanceFactory(campaign=desk.campaign)
    BatchFactory(issuance=run, variant=desk.campaign.variants.first())
    BatchFactory(issuance=IssuanceFactory(campaign=desk.campaign))
    for due_at in (NOON, NOON, timezone.now() + timedelta(minutes=5), None):
        BatchFactory(due_at=due_at)

    assert "2 other merchants send at the same time: the jobs of each go out in turn." in desk.get("detail", run).text


def test_alone_it_says_nothing_of_others(desk):
    run = IssuanceFactory(campaign=desk.campaign)
    BatchFactory(issuance=run, variant=desk.campaign.variants.first())

    assert "rate limit" not in desk.get("detail", run).text
