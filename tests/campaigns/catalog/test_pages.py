"""Rewards and locations as pages."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from tests.support.factories import NOON, LocationFactory, MembershipFactory, RewardTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(client):
    membership = MembershipFactory()
    client.force_login(membership.user)
    return membership.merchant


def place(name: str, merchant) -> str:
    return reverse(f"campaigns:{name}", args=[merchant.handle])


def shown(client, address: str, **query) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_rewards_are_searched_filtered_and_shown_when_unpublished(client, merchant):
    RewardTemplateFactory(merchant=merchant, name="Free tarte", redemption_venue="online", subtype="free_item")
    RewardTemplateFactory(merchant=merchant, name="Old burger", unpublished_at=NOON)
    RewardTemplateFactory(name="Of somebody else")

    everything = shown(client, place("rewards", merchant))

    assert "Free tarte" in everything
    assert "No longer published" in everything
    assert "Of somebody else" not in everything
    assert "Old burger" not in shown(client, place("rewards", merchant), shown="published")
    assert "Old burger" not in shown(client, place("rewards", merchant), venue="online")
    assert "Free tarte" not in shown(client, place("rewards", merchant), q="burger")


def test_rewards_are_paged(client, merchant):
    RewardTemplateFactory.create_batch(30, merchant=merchant)

    assert "25 to 30 of 30 rewards" in shown(client, place("rewards", merchant), page="2")


def test_locations_are_searched(client, merchant):
    LocationFactory(merchant=merchant, name="Harbour", city="Oslo")
    LocationFactory(merchant=merchant, name="Airport", city="Bergen")
    LocationFactory(merchant=merchant, name="Closed", vanished_at=NOON)

    everything = shown(client, place("locations", merchant))

    assert "Harbour" in everything
    assert "Closed" not in everything
    assert "Harbour" not in shown(client, place("locations", merchant), q="bergen")


def test_check_now_lets_a_worker_ask_and_makes_no_call_itself(client, merchant):
    answer = client.post(place("refresh", merchant), {"back": "locations"})

    merchant.refresh_from_db()
    assert answer.url == place("locations", merchant)
    assert merchant.due_at <= timezone.now()
    assert AuditEntry.objects.get().action == "catalog.refresh-asked"
    again = client.post(place("refresh", merchant), follow=True)
    assert "asked a few seconds ago" in again.content.decode()


def test_what_keeps_the_catalog_from_being_fresh_is_told(client, merchant):
    merchant.problem = "scope_missing"
    merchant.save()

    for name in ("list", "rewards", "locations"):
        page = shown(client, place(name, merchant))
        assert "Ask Thanx to grant the scope rewards.issue" in page


def test_no_page_asks_thanx(client, merchant, sandbox):
    for name in ("list", "new", "rewards", "locations"):
        shown(client, place(name, merchant))

    assert sandbox.requests() == []
