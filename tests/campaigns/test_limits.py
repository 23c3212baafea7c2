"""Managers set what rewards without a price count as, and how many guests may get a reward on one day."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from tests.support.factories import MembershipFactory, MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return MerchantFactory()


@pytest.fixture
def address(client, merchant):
    client.force_login(MembershipFactory(merchant=merchant, role=Role.MANAGER).user)
    return reverse("campaigns:limits", args=[merchant.handle])


def limits(merchant):
    merchant.refresh_from_db()
    return merchant.daily_cap, merchant.unpriced_value


def test_both_are_set_and_the_change_is_audited(client, merchant, address):
    assert client.post(address, {"daily_cap": "5000", "unpriced_value": "2.50"}).url == address

    assert limits(merchant) == (5000, Decimal("2.50"))
    facts = AuditEntry.objects.get(action="limits changed").facts
    assert facts["before"] == {"daily_cap": None, "unpriced_value": None}
    assert facts["after"] == {"daily_cap": 5000, "unpriced_value": "2.50"}
    assert 'value="5000"' in client.get(address).text


def test_an_empty_field_is_the_portals_own_which_the_page_says(client, merchant, address, settings):
    settings.DAILY_CAP, settings.UNPRICED_REWARD_VALUE = 1234, 7
    client.post(address, {"daily_cap": "5000", "unpriced_value": "2.50"})

    client.post(address, {"daily_cap": "", "unpriced_value": ""})

    assert limits(merchant) == (None, None)
    page = client.get(address).text
    assert "Empty: 1,234." in page
    assert "Empty: $7." in page


@pytest.mark.parametrize("wrong", [{"daily_cap": "-1"}, {"unpriced_value": "-0.01"}, {"unpriced_value": "many"}])
def test_what_is_no_limit_is_explained_and_changes_nothing(client, merchant, address, wrong):
    page = client.post(address, wrong)

    assert page.status_code == 200
    assert 'aria-invalid="true"' in page.text
    assert limits(merchant) == (None, None)


def test_the_same_again_leaves_no_audit_entry(client, merchant, address):
    client.post(address, {"daily_cap": "", "unpriced_value": ""})

    assert not AuditEntry.objects.filter(action="limits changed").exists()
