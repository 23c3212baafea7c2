"""Dead at any statement of creating a campaign: there is one at Thanx all the same."""

import pytest

from campaigns import creation
from campaigns.creation import create_one_campaign
from campaigns.states import CampaignState
from tests.campaigns.test_creation import draft_at, work
from tests.support.deaths import lives, survives

FEWEST_STATEMENTS = 4


@pytest.mark.django_db(transaction=True)
def test_one_campaign_is_made_wherever_the_worker_died(burgers, sandbox, clock):
    for life in lives():
        campaign = draft_at(burgers, clock, name=f"Life {life}")
        creation.confirm(campaign=campaign, by=None, at=clock())

        survived = survives(lambda: create_one_campaign(clock=clock), spared=life)
        work(clock)

        campaign.refresh_from_db()
        made = [each for each in sandbox.books()["campaigns"] if each["name"] == campaign.name]
        assert (campaign.state, [each["id"] for each in made]) == (CampaignState.LIVE, [campaign.thanx_id])
        if survived:
            break

    assert life >= FEWEST_STATEMENTS
