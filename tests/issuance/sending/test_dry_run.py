"""The dry run makes no call, and the sandbox then has exactly what it announced."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone

from campaigns.models import RewardTemplate
from issuance.audience import intake_step
from issuance.drafts import drafts
from issuance.sending import confirmation, dry_run
from tests.support.desk import people
from tests.support.factories import VariantFactory
from tests.support.steps import submit_one_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(campaign, settings):
    """A hundred guests, half of them held back, in jobs of at most 20."""
    settings.THANX_BATCH_SIZE, settings.CANARY_SIZE = 20, 5
    VariantFactory(campaign=campaign, position=1, name="Control", share=50, reward_template=None)
    type(campaign).objects.update(redeemable_to=timezone.now() + timedelta(days=9))
    issuance = drafts.start(campaign=campaign, by=None, at=timezone.now())
    drafts.add_file(issuance=issuance, file=BytesIO(people(100)), name="guests.csv", by=None, at=timezone.now())
    assert intake_step.read_one_upload()
    issuance.refresh_from_db()
    return issuance


def calls(sandbox):
    return sandbox.requests("/partner/campaigns/issue")


@pytest.mark.parametrize("canary", [False, True])
def test_exactly_the_calls_announced_are_made_with_the_sizes_announced(ready, sandbox, canary):
    ready.canary = canary
    ready.save()
    told = dry_run.of_issuance(ready)
    assert calls(sandbox) == []

    confirmation.confirm(issuance=ready, by=None, at=timezone.now())
    ready.batches.filter(state="queued").update(due_at=timezone.now())
    type(ready).objects.update(awaits_canary=False)
    while submit_one_batch():
        pass

    announced = sorted(size for arm in told.arms for size in arm.jobs)
    assert announced == ([5, 10, 15, 20] if canary else [10, 20, 20])
    assert sorted(job["total_count"] for job in sandbox.jobs()) == announced
    assert len(calls(sandbox)) == told.calls
    assert len(sandbox.times_issued()) == told.rewards == 50


def test_its_numbers_add_up(ready):
    told = dry_run.of_issuance(ready)

    assert (told.guests, told.rewards, told.held_back, told.calls) == (100, 50, 50, 3)
    assert sum(sum(arm.jobs) for arm in told.arms) == told.rewards


def test_it_prices_what_is_a_sum_of_money_and_says_what_is_not(ready, settings):
    settings.UNPRICED_REWARD_VALUE = 4
    RewardTemplate.objects.update(discount_type="amount", discount_value=Decimal("2.50"))
    priced = dry_run.of_issuance(ready)
    RewardTemplate.objects.update(discount_type="percent")
    unpriced = dry_run.of_issuance(ready)

    assert (priced.at_most, priced.unpriced) == (Decimal("125.00"), False)
    assert (unpriced.at_most, unpriced.unpriced, unpriced.size.at_most) == (None, True, 200)

    ready.merchant.unpriced_value = Decimal("0.50")
    assert dry_run.of_issuance(ready).size.at_most == 25
