"""Campaigns and the catalog in Django's admin: rows to be read only, and the acts of the pages."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from campaigns.models import Campaign, Credential
from campaigns.states import CampaignState
from tests.support.factories import CampaignFactory, LocationFactory, MerchantFactory, UserFactory, create_live_campaign

pytestmark = pytest.mark.django_db

MODELS = ["campaign", "campaignevent", "credential", "location", "merchant", "rewardtemplate", "variant"]


@pytest.fixture
def staff(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", MODELS)
def test_everything_can_be_searched_and_nothing_added(client, staff, model):
    create_live_campaign()
    LocationFactory()
    Credential.objects.create(host="localhost")

    assert client.get(reverse(f"admin:campaigns_{model}_changelist"), {"q": "a"}).status_code == 200
    assert client.get(reverse(f"admin:campaigns_{model}_add")).status_code == 403


def test_a_campaign_is_read_only(client, staff):
    campaign = create_live_campaign()
    address = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    assert client.get(address).status_code == 200

    answer = client.post(address, {"name": "Other"})

    assert answer.status_code == 403
    assert Campaign.objects.get().name == campaign.name


def test_staff_set_a_merchants_zone_and_country_and_it_is_recorded(client, staff):
    merchant = MerchantFactory(name="Tacos")
    address = reverse("admin:campaigns_merchant_change", args=[merchant.pk])
    assert client.post(address, {"time_zone": "Mars/Olympus", "country": "NO"}).status_code == 200

    client.post(address, {"time_zone": "Europe/Oslo", "country": "no", "name": "Other"})

    merchant.refresh_from_db()
    assert (merchant.time_zone, merchant.country, merchant.name) == ("Europe/Oslo", "NO", "Tacos")
    assert AuditEntry.objects.get().facts == {
        "before": {"time_zone": "America/New_York", "country": "US"},
        "after": {"time_zone": "Europe/Oslo", "country": "NO"},
    }


def test_staff_set_a_cap_for_a_merchants_day(client, staff):
    merchant = MerchantFactory()
    address = reverse("admin:campaigns_merchant_change", args=[merchant.pk])

    client.post(address, {"time_zone": "Europe/Oslo", "country": "NO", "daily_cap": "5000"})

    merchant.refresh_from_db()
    assert merchant.daily_cap == 5000


def test_actions_are_the_pages_acts(client, staff):
    merchant = MerchantFactory()
    refused = CampaignFactory(state=CampaignState.REFUSED, thanx_id=None)
    live = create_live_campaign()

    client.post(
        reverse("admin:campaigns_merchant_changelist"), {"action": "refresh_now", "_selected_action": [merchant.pk]}
    )
    client.post(
        reverse("admin:campaigns_campaign_changelist"),
        {"action": "take_back", "_selected_action": [refused.pk, live.pk]},
    )

    merchant.refresh_from_db()
    refused.refresh_from_db()
    live.refresh_from_db()
    assert merchant.due_at is not None
    assert (refused.state, live.state) == (CampaignState.DRAFT, CampaignState.LIVE)
    assert set(AuditEntry.objects.values_list("action", "by")) == {
        ("catalog.refresh-asked", staff.pk),
        ("campaign.taken-back", staff.pk),
    }
