"""A request that is refused leaves an audit entry with the page and the merchant, and no other part of the URL."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


def refusals():
    return AuditEntry.objects.filter(action="refused").order_by("pk")


@pytest.fixture
def member(client):
    member = MembershipFactory(role=Role.VIEWER)
    client.force_login(member.user)
    return member


def test_another_merchant_s_page_is_recorded_for_operators_only(client, member):
    other = MerchantFactory()

    assert client.get(reverse("merchant-home", args=[other.handle])).status_code == 404

    entry = refusals().get()
    assert (entry.by, entry.object_type, entry.object_id) == (member.user, "campaigns.Merchant", str(other.pk))
    assert entry.merchant is None
    assert entry.facts == {"status": 404, "method": "GET", "page": "merchant-home"}


def test_an_act_that_a_role_does_not_allow_is_recorded_at_the_merchant(client, member):
    assert client.get(reverse("audit", args=[member.merchant.handle])).status_code == 403

    entry = refusals().get()
    assert (entry.merchant, entry.facts["status"], entry.facts["page"]) == (member.merchant, 403, "audit")


def test_pages_of_operators_are_recorded(client, member):
    assert client.get(reverse("health")).status_code == 404

    assert refusals().get().facts["page"] == "health"


def test_a_page_that_polls_leaves_one_entry(client, member):
    for _ in range(3):
        client.get(reverse("audit", args=[member.merchant.handle]))
    client.get(reverse("staff-audit"))

    assert [entry.facts["page"] for entry in refusals()] == ["audit", "staff-audit"]


def test_what_was_typed_into_an_address_is_not_kept(client, member):
    client.get("/m/ana@mail.example/")
    client.get(reverse("campaigns:detail", args=[member.merchant.handle, 4155550123]))

    assert "4155550123" not in str(list(AuditEntry.objects.values()))
    assert "ana@mail" not in str(list(AuditEntry.objects.values()))


def test_visitors_and_pages_that_open_leave_nothing(client):
    client.get(reverse("health"))
    client.force_login(UserFactory(is_staff=True))
    client.get(reverse("staff-audit"))

    assert not refusals().exists()
