"""Results become due when something changed, without two workers that wait for each other."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from results.due_results import SOON, make_due, make_due_soon
from results.models import CampaignResult
from tests.results.trial import DAY, Trial
from tests.support.factories import IssuanceFactory

pytestmark = pytest.mark.django_db


def test_results_are_locked_in_the_order_of_their_campaigns(client):
    """Else an import and a webhook, each with half of the rows, would wait for each other for ever."""
    trial = Trial(client, guests=20)
    earlier = trial.start - DAY
    issuance = IssuanceFactory(state="confirmed", confirmed_at=earlier, campaign__merchant=trial.merchant)
    Campaign.objects.filter(pk=issuance.campaign_id).update(created_at=trial.start + DAY)  # newest first in lists
    with CaptureQueriesContext(connection) as asked:
        make_due(trial.merchant, at=trial.start)
    named = [re.search(r'FROM "results_campaignresult" WHERE .*"campaign_id" = (\d+)', each["sql"]) for each in asked]
    assert [int(one[1]) for one in named if one] == sorted([trial.campaign.pk, issuance.campaign_id])

    CampaignResult.objects.update(due_at=None)
    with CaptureQueriesContext(connection) as asked:
        make_due_soon(trial.merchant, at=trial.start)
    locking = next(each["sql"] for each in asked if each["sql"].startswith("SELECT"))
    assert 'ORDER BY "results_campaignresult"."campaign_id" ASC' in locking
    assert set(CampaignResult.objects.values_list("due_at", flat=True)) == {trial.start + SOON}
