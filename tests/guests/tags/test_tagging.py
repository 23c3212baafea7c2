"""The guests of an issuance are tagged with the name of their arm."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Credential
from guests.models import Tagging
from guests.tags.tagging import tag_one_page
from issuance.models import IssuedReward
from issuance.states import BatchState
from tests.support.deaths import lives, survives
from tests.support.factories import NOON, CampaignFactory, IssuanceFactory, VariantFactory, create_frozen_batch

pytestmark = pytest.mark.django_db(transaction=True)
FEWEST_STATEMENTS = 4


@pytest.fixture(autouse=True)
def prefix(settings):
    settings.TAG_PREFIX = "acme:"


def tags_at(sandbox):
    return {(tag["user_id"], tag["key"]): tag["values"] for tag in sandbox.guests()["tags"]}


@pytest.fixture
def issuance(sandbox, at_thanx):
    """A confirmed issuance with 150 rewarded and 20 held back members, and one guest who is no member."""
    where = {"merchant_id": at_thanx.merchant.thanx_id, "per_page": 100}
    pages = [sandbox.call("GET", "/partner/users", params={**where, "page": page}) for page in (1, 2)]
    members = [user for page in pages for user in page.json()["users"]]
    issuance = IssuanceFactory(campaign=CampaignFactory(merchant=at_thanx.merchant, thanx_id="c-1"))
    rewarded = [user["email"] for user in members[:150]] + ["nobody@elsewhere.example"]
    held = [user["phone"] or user["email"] for user in members[150:170]]
    for name, values in (("Free fries", rewarded), ("Control", held)):
        reward = {"reward_template": None} if name == "Control" else {}
        variant = VariantFactory(campaign=issuance.campaign, name=name, **reward)
        create_frozen_batch(*values, issuance=issuance, variant=variant, state=BatchState.QUEUED)
    return issuance


def run_all():
    rounds = 0
    while tag_one_page(clock=timezone.now):
        rounds += 1
        assert rounds < 100
    return rounds


def begin(client, issuance):
    return client.post(reverse("guests:tagging", args=[issuance.merchant.handle, issuance.pk]))


def test_all_on_the_list_of_members_are_tagged_with_their_arm(sandbox, client, at_thanx, issuance):
    begin(client, issuance)

    run_all()

    tagged = tags_at(sandbox)
    assert {key for _, key in tagged} == {"acme:arm:c-1"}
    assert sorted(values[0] for values in tagged.values()).count("Control") == 20
    assert len(tagged) == 170
    page = client.get(reverse("guests:tagging", args=[issuance.merchant.handle, issuance.pk])).content.decode()
    assert "Done: 170 guests carry the name of their group." in page
    assert AuditEntry.objects.filter(action="tagging asked for").count() == 1


def test_calls_are_full_and_one_page_is_read_once(sandbox, client, at_thanx, issuance):
    begin(client, issuance)

    run_all()

    asked = [
        one["method"] for one in sandbox.requests("/partner/") if one["headers"].get("User-Agent") != "tests/1.0.0"
    ]
    assert asked.count("GET") == 24
    assert asked.count("PUT") == 2


def test_what_goes_wrong_on_the_way_is_done_again_and_counted_once(sandbox, client, at_thanx, issuance, forward):
    begin(client, issuance)
    sandbox.fault("server_error", method="PUT", path="/partner/tags", when="after", times=1)
    sandbox.fault("server_error", method="GET", path="/partner/users", after=3, times=1)

    run_all()
    forward(minutes=2)
    run_all()
    forward(minutes=2)
    run_all()

    assert Tagging.objects.get().tagged == {"Free fries": 150, "Control": 20}


def test_a_refusal_stops_it_and_says_what_to_do(sandbox, client, at_thanx, issuance):
    begin(client, issuance)
    sandbox.fault("forbidden", method="PUT", path="/partner/tags")

    run_all()

    tagging = Tagging.objects.get()
    assert tagging.due_at is None
    assert "Ask Thanx to add the scope tags.write" in tagging.problem


def test_without_the_list_of_members_the_named_rewards_are_tagged(sandbox, client, at_thanx, issuance):
    Credential.objects.update(scopes=["rewards.issue", "tags.write"])
    where = {"merchant_id": at_thanx.merchant.thanx_id}
    members = sandbox.call("GET", "/partner/users", params=where).json()["users"]
    batch = issuance.batches.get(variant__name="Free fries")
    for position, user in enumerate(members):
        IssuedReward.objects.create(batch=batch, position=position, reward_id="r", user_id=user["id"], issued_at=NOON)
    begin(client, issuance)

    run_all()

    assert Tagging.objects.get().tagged == {"Free fries": 10}


def test_wherever_a_worker_dies_all_guests_are_tagged_in_the_end(sandbox, client, at_thanx, issuance, forward):
    Credential.objects.update(scopes=["rewards.issue", "tags.write"])
    where = {"merchant_id": at_thanx.merchant.thanx_id, "per_page": 3}
    batch = issuance.batches.get(variant__name="Free fries")
    for position, user in enumerate(sandbox.call("GET", "/partner/users", params=where).json()["users"]):
        IssuedReward.objects.create(batch=batch, position=position, reward_id="r", user_id=user["id"], issued_at=NOON)
    for life in lives():
        begin(client, issuance)

        survived = survives(lambda: tag_one_page(clock=timezone.now), spared=life)
        forward(minutes=6)
        run_all()

        assert Tagging.objects.get().tagged == {"Free fries": 3}
        if survived:
            break

    assert life >= FEWEST_STATEMENTS
    assert list(tags_at(sandbox).values()) == [["Free fries"]] * 3


def test_the_region_refreshes_itself_only_while_there_is_something_to_wait_for(client, at_thanx, issuance):
    where = reverse("guests:tagging", args=[issuance.merchant.handle, issuance.pk])
    before = client.get(where, headers={"HX-Request": "true"}).content.decode()

    begin(client, issuance)

    assert "hx-trigger" not in before
    assert "hx-trigger" in client.get(where, headers={"HX-Request": "true"}).content.decode()
