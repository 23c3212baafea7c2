"""Every file with guests leaves an audit entry with their number. A walk over all URLs finds the files."""

from datetime import date

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter
from django.utils import timezone

from accounts.exports import EXPORTED
from accounts.models import AuditEntry, Role
from guests.models import Remark, Subscriber, Subscription
from issuance.models import Batch, Failure
from issuance.states import BatchState
from tests.support.desk import Desk
from tests.support.factories import NOON, UserFactory

pytestmark = pytest.mark.django_db

LIST = b"email\r\n" + b"".join(b"guest%d@example.com\r\n" % n for n in range(5)) + b"no address\r\n"
GUESTS_IN = {
    "issuance:failures-csv": 2,
    "issuance:invite-csv": 1,
    "issuance:left-out-csv": 1,
    "issuance:affected-csv": 3,
    "issuance:to-tell-csv": 0,
    "issuance:not-sent-csv": 0,
    "issuance:recipients-csv": 5,
    "issuance:campaign-recipients-csv": 5,
    "guests:not-subscribed": 2,
}
WITHOUT_GUESTS = {
    "audit-csv",  # users; it leaves an entry of its own kind
    "people:csv",  # users; it leaves an entry of its own kind, too
    "staff-audit-csv",
    "issuance:sample",  # invented
    "results:result-csv",  # figures of groups
    "results:result-json",
    "certification:demo-people",  # those of the sandbox
}


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER)


@pytest.fixture
def run(desk):
    """An issuance of five guests, with two failures and one line left out."""
    issuance = desk.confirmed(LIST)
    batch = issuance.batches.get()
    ended = {"state": BatchState.COMPLETED, "job_id": "job-1", "issued_count": 3, "failed_count": 2}
    Batch.objects.filter(pk=batch.pk).update(**ended, submitted_at=NOON, due_at=None)
    for position, code in enumerate(["user_not_found", "other"]):
        Failure.objects.create(batch=batch, position=position, reason="x", reason_code=code, seen_at=NOON)
    return issuance


@pytest.fixture
def subscription(desk):
    made = Subscription.objects.create(
        merchant=desk.merchant,
        name="List",
        statement="x",
        source="x",
        agreed_on=date(2026, 1, 1),
        created_at=NOON,
        created_by=desk.person,
    )
    Subscriber.objects.create(
        subscription=made, line=2, fingerprint=b"x" * 16, sealed=b"", standing=Subscriber.Standing.REFUSED
    )
    Remark.objects.create(subscription=made, line=3, reason="no_identifier", sealed_value=b"")
    return made


def addresses(desk, **keys):
    """Yield the name and the URL of every page, with the objects of the test."""
    arguments = {"handle": desk.merchant.handle, **keys}
    for entry in get_resolver().url_patterns:
        patterns = entry.url_patterns if isinstance(entry, URLResolver) else [entry]
        for page in patterns:
            if not isinstance(page, URLPattern) or page.name is None or getattr(entry, "app_name", "") == "admin":
                continue
            converters = page.pattern.converters | (entry.pattern.converters if entry is not page else {})
            name = f"{entry.app_name}:{page.name}" if isinstance(entry, URLResolver) and entry.app_name else page.name
            unknown = {key: 0 if isinstance(each, IntConverter) else "people" for key, each in converters.items()}
            yield name, reverse(name, kwargs=unknown | {key: arguments[key] for key in converters if key in arguments})


def files(desk, **keys):
    for name, address in addresses(desk, **keys):
        if name.startswith(("account", "mfa", "socialaccount", "usersessions")):
            continue
        before = AuditEntry.objects.latest("pk").pk
        answer = desk.client.get(address)
        if "attachment" in answer.get("Content-Disposition", ""):
            yield name, list(AuditEntry.objects.filter(pk__gt=before))


def test_every_file_with_guests_leaves_an_entry_with_their_number(desk, run, subscription):
    keys = {"issuance_id": run.pk, "campaign_id": run.campaign_id, "subscription_id": subscription.pk}

    found = dict(files(desk, **keys))

    exported = {name: entries for name, entries in found.items() if name not in WITHOUT_GUESTS}
    assert {name: [entry.facts["guests"] for entry in entries] for name, entries in exported.items()} == {
        name: [number] for name, number in GUESTS_IN.items()
    }
    for (entry,) in exported.values():
        assert (entry.action, entry.by, entry.merchant) == (EXPORTED, desk.person, desk.merchant)
    assert [entry.action for entry in found["audit-csv"]] == ["audit trail exported"]


def test_the_trail_of_all_merchants_is_recorded_too(desk, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    client.get(reverse("staff-audit-csv"))

    assert AuditEntry.objects.latest("pk").action == "audit trail exported"


def test_the_command_leaves_an_entry_too(run, capsysbinary):
    call_command("export_failures", run.pk)

    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.by, entry.facts["guests"]) == (EXPORTED, None, 2)
    assert entry.at <= timezone.now()
