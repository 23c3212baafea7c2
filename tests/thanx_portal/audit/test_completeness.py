"""Every change at a merchant leaves one audit entry: user, action, object, merchant, file."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import AuditEntry, Role
from issuance.audience.screening import Exclusion
from issuance.models import Issuance
from tests.support.acts import guests, merchant, outcomes
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db

ACTS = [*merchant.ACTS, *guests.ACTS, *outcomes.ACTS]

PLAN_FIXED = "experiment's plan fixed"
"""What a confirmation leaves beside its own entry: how its result will be read."""

LOOKING = {"guests:export-guest", "guests:find", "guests:issued-rewards", "issuance:failures", "issuance:recipients"}
"""Pages that use POST only to keep a guest out of the URL. They change nothing."""


WITH_THANX = {
    "guests:answer-feedback",
    "guests:look-for-reply",
    "guests:read-tags",
    "guests:recover",
    "guests:settings",
    "guests:write-tag",
}
"""They call Thanx at once. The tests in tests/guests show with the sandbox that each leaves one entry."""


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER, shares=(45, 45), control=10)


def post(desk, name, args, data):
    name, _, query = name.partition("?")
    return desk.client.post(reverse(name, args=[desk.merchant.handle, *args]) + f"?{query}", data)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_leaves_exactly_one_row(act, desk):
    name, args, data = act(desk)
    before = set(AuditEntry.objects.values_list("pk", flat=True))

    answer = post(desk, name, args, data)

    (entry,) = AuditEntry.objects.exclude(pk__in=before).exclude(action=PLAN_FIXED)
    assert answer.status_code == 302
    assert (entry.by, entry.merchant) == (desk.person, desk.merchant)
    assert entry.object_id


def test_nothing_that_can_be_posted_to_is_missing_here(desk):
    tried = {act(desk)[0].partition("?")[0] for act in ACTS}

    asked = {name: desk.client.post(address).status_code for name, address in addresses(desk.merchant.handle)}
    assert {name for name, status in asked.items() if status != 405} == tried | LOOKING | WITH_THANX


def addresses(handle):
    """Yield the name and the URL of every page of a merchant; no object has the number 0."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern) == "m/<slug:handle>/":
            for page in entry.url_patterns:
                assert isinstance(page, URLPattern)
                name = f"{entry.app_name}:{page.name}"
                parts = str(page.pattern).split("/")
                named = [0 if "<int:" in part else "0" * 32 for part in parts if "<" in part]
                yield name, reverse(name, args=[handle, *named])


def test_arms_that_moved_have_the_people_read_again_and_that_leaves_a_row_too(desk):
    first, second = desk.ready(), desk.ready(included_anyway=[Exclusion.REWARDED_HERE])
    first.batches.update(variant=desk.campaign.variants.get(name="Control"))
    desk.post("confirm", first, {"again": "on"})

    desk.post("confirm", second, {"again": "on"})

    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.object_id) == ("people read again", str(second.pk))


def test_what_is_refused_leaves_none_of_an_act(desk):
    issuance = desk.ready()
    acts = AuditEntry.objects.exclude(action="refused")
    before = acts.count()

    desk.post("revoke", issuance, {"reason": "wrong people", "number": "1"})
    desk.post("people", issuance, {})

    assert acts.count() == before


def test_a_file_is_known_by_its_digest_wherever_it_is_decided_about(desk):
    issuance = desk.ready()
    digest = issuance.upload.digest

    desk.post("columns", issuance, {"email": "1", "phone": "none", "prefers": "phone"})
    desk.post("discard", issuance)

    told = dict(AuditEntry.objects.values_list("action", "file_digest"))
    assert told == {"issuance begun": "", "people added": digest, "columns changed": digest, "draft discarded": digest}


def test_a_row_says_how_things_stood_before(desk):
    issuance = desk.ready()

    desk.post("discard", issuance)

    entry = AuditEntry.objects.get(action="draft discarded")
    assert entry.facts["before"] == {"state": "ready", "lines": 4, "left_out": 2}
    assert Issuance.objects.filter(pk=entry.object_id, state="discarded").exists()
