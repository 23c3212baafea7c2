"""A campaign, an issuance that is done, and the erasure of one of its guests."""

import pytest

from issuance.models import Batch, Issuance, IssuedReward
from issuance.states import BatchState, IssuanceState
from tests.support.audiences import take_in
from tests.support.factories import NOON, create_live_campaign
from tests.support.guests.erased import LIST


@pytest.fixture
def campaign():
    return create_live_campaign(shares=(100,), control=0)


@pytest.fixture
def merchant(campaign):
    return campaign.merchant


@pytest.fixture
def done(campaign):
    issuance = take_in(campaign, LIST)
    key = "00000000-0000-0000-0000-000000000001"
    Batch.objects.filter(issuance=issuance).update(
        state=BatchState.COMPLETED, job_id="job-1", idempotency_key=key, issued_count=1, ended_at=NOON, due_at=None
    )
    Issuance.objects.filter(pk=issuance.pk).update(state=IssuanceState.CONFIRMED, confirmed_at=NOON)
    IssuedReward.objects.create(
        batch=Batch.objects.get(), position=0, reward_id="reward-1", user_id="user-1", issued_at=NOON
    )
    return Issuance.objects.get(pk=issuance.pk)
