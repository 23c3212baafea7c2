"""The table of a campaign's states: every edge is made, and everything else is refused."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from campaigns.models import Campaign
from campaigns.states import AT_WORK, EDGES, EDITABLE, CampaignMove, CampaignState
from campaigns.status import OF_CAMPAIGN
from engine.leases import claim_one
from engine.moves import IllegalMove, Overtaken
from tests.support.factories import NOON, CampaignFactory, UserFactory, VariantFactory

REFUSED_MOVES = [(state, move) for state in CampaignState for move in CampaignMove if (state, move) not in EDGES]


def campaign_in(state: CampaignState, **fields) -> Campaign:
    return CampaignFactory(state=state, **fields)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "move"), EDGES, ids=str)
def test_an_edge_is_made_and_leaves_an_event(state, move):
    campaign, user = campaign_in(state), UserFactory()

    campaign.move(move, by=user, at=NOON)

    campaign.refresh_from_db()
    event = campaign.events.get()
    assert campaign.state == EDGES[(state, move)]
    assert (event.before, event.move, event.after, event.by) == (state, move, campaign.state, user)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "move"), REFUSED_MOVES, ids=str)
def test_there_is_no_other_edge(state, move):
    campaign = campaign_in(state)

    with pytest.raises(IllegalMove):
        campaign.move(move, by=None, at=NOON)

    campaign.refresh_from_db()
    assert campaign.state == state
    assert not campaign.events.exists()


@pytest.mark.django_db
def test_of_two_moves_at_once_one_is_too_late():
    campaign = campaign_in(CampaignState.DRAFT)
    same = Campaign.objects.get(pk=campaign.pk)
    campaign.move(CampaignMove.CONFIRMED, by=None, at=NOON)

    with pytest.raises(Overtaken):
        same.move(CampaignMove.DISCARDED, by=None, at=NOON)

    assert campaign.events.count() == 1


@pytest.mark.django_db
def test_a_worker_whose_lease_another_one_holds_moves_nothing():
    campaign_in(CampaignState.CREATING, due_at=NOON)
    slow = claim_one(Campaign.objects.all(), at=NOON)
    claim_one(Campaign.objects.all(), at=NOON + timedelta(hours=1))

    with pytest.raises(Overtaken):
        slow.move(CampaignMove.LOST_SIGHT, by=None, at=NOON)

    slow.refresh_from_db()
    assert slow.state == CampaignState.CREATING
    assert not slow.events.exists()


@pytest.mark.django_db
def test_a_live_campaign_has_an_id_at_thanx():
    with pytest.raises(IntegrityError), transaction.atomic():
        campaign_in(CampaignState.LIVE, thanx_id=None)


@pytest.mark.django_db
def test_a_control_carries_no_reward():
    with pytest.raises(IntegrityError), transaction.atomic():
        VariantFactory(name="Control")


def test_nothing_at_work_can_be_edited_and_every_state_has_a_word():
    assert not AT_WORK & EDITABLE
    assert set(OF_CAMPAIGN) == set(CampaignState)


def test_what_is_refused_names_state_and_move():
    with pytest.raises(IllegalMove, match=r"live.*claimed"):
        Campaign(state=CampaignState.LIVE).after(CampaignMove.CLAIMED)
