"""Every act is done, and every page opens with what the acts leave behind: so all their SQL runs on both databases."""

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.models import Role
from campaigns.models import Campaign
from issuance.audience.intake_step import read_one_upload
from issuance.jobs.guest_search import query_of
from results.intake.uploads_step import read_one_import
from tests.browser.addresses import NEED_A_SECRET, NOT_SET_UP, OBJECTS, PLACEHOLDER, filled, patterns
from tests.support.acts import guests, merchant, outcomes
from tests.support.certification.exchanges import exchanged
from tests.support.desk import Desk
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db

ROWS = {
    **{name: label for name, (label, _) in OBJECTS.items()},
    "feedback_id": "guests.Feedback",
    "number": "issuance.Batch",
}
"""The table of each placeholder in an address, but for those of the merchant and of a guest."""
STATELESS = 3
"""So many rows of a table without states are shown: some may be of lists that were removed."""


@pytest.fixture
def operator(client, settings):
    """Return the browser of a user who may see every page, after every act was done at a merchant of its own."""
    settings.PER_USER_AND_MINUTE = dict.fromkeys(settings.PER_USER_AND_MINUTE, 1000)
    settings.THANX_WEBHOOK_SECRETS = ["known to Thanx"]
    for act in (*merchant.ACTS, *guests.ACTS, *outcomes.ACTS):
        desk = Desk(client, role=Role.MANAGER, shares=(45, 45), control=10)
        name, args, data = act(desk)
        name, _, query = name.partition("?")
        assert client.post(reverse(name, args=[desk.merchant.handle, *args]) + f"?{query}", data).status_code == 302
        while read_one_upload() or read_one_import():
            pass
    gone = {"email": "ana@example.com", "confirmed": "on"}
    client.post(reverse("guests:erase-guest", args=[desk.merchant.handle]), gone)
    client.post(reverse("webhooks-thanx"), data=b"{}", content_type="application/json")
    exchanged()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def rows(label):
    """Return the latest row of each state."""
    found = apps.get_model(label).objects.order_by("pk")
    if any(field.name == "state" for field in found.model._meta.fields):
        return {row.state: row for row in found}.values()
    return found.reverse()[:STATELESS]


def values(name, row):
    """Return what the row puts into an address: for a row of an issuance also that, and its merchant."""
    issuance = getattr(row, "issuance", None)
    at = getattr(issuance or row, "merchant", None)
    value = row.number if name == "number" else row.pk
    return {"issuance_id": [issuance and issuance.pk], "handle": [at and at.handle], name: [value]}


def places(address):
    """Return the paths of an address, one for each row to show; a page without a row is also searched."""
    named = [name for name in PLACEHOLDER.findall(address) if name in ROWS]
    if named:
        return [path for row in rows(ROWS[named[-1]]) for path in filled(address, values(named[-1], row))]
    at = Campaign.objects.latest("pk").merchant
    token = query_of("ana@example.com", merchant=at).token
    found = list(filled(address, {"handle": [at.handle], "token": [token], "kind": ["email"]}))
    return [*found, *(f"{path}?q=ana" for path in found)]


def test_every_page_opens(operator):
    empty, pages = [], 0
    for address, entry in patterns():
        answers = [operator.get(path) for path in places(address)]
        pages += sum(answer.status_code == 200 for answer in answers)
        if all(answer.status_code == 404 for answer in answers):
            empty.append((address, entry.name))

    assert [address for address, name in empty if name not in NEED_A_SECRET and address not in NOT_SET_UP] == []
    assert pages > 120
