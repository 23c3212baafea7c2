"""Beginning an issuance: which campaign it is for."""

import re

import pytest

from issuance.models import Issuance
from tests.support.desk import Desk
from tests.support.factories import CampaignFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


def test_a_new_issuance_begins_with_the_choice_of_a_live_campaign(desk):
    CampaignFactory(merchant=desk.merchant, state="refused", name="Refused campaign")

    page = desk.get("new")

    assert desk.campaign.name in page.text
    assert "Refused campaign" not in page.text


def test_looking_at_the_first_page_makes_no_draft(desk):
    desk.get("new", query=f"?campaign={desk.campaign.pk}")

    assert not Issuance.objects.exists()


def test_starting_makes_a_draft_and_leads_to_its_people(desk):
    answer = desk.client.post(f"{desk.at('new')}?campaign={desk.campaign.pk}")

    draft = Issuance.objects.get()
    assert answer.url == desk.at("people", draft.pk)
    assert (draft.campaign, draft.only_variant, draft.created_by) == (desk.campaign, None, desk.person)


def test_a_campaign_is_chosen_with_one_click_that_begins_the_draft(desk):
    page = desk.get("new").text

    action = f"{desk.at('new')}?campaign={desk.campaign.pk}"
    assert re.search(rf'<form method="post" action="{re.escape(action)}"', page)
