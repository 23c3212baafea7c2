"""Tags of one guest: ours are written, those of other partners are left alone."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def prefix(settings):
    settings.TAG_PREFIX = "acme:"


@pytest.fixture
def profile(client, at_thanx, member):
    """The address of a member who was just looked up."""
    where = reverse("guests:find", args=[at_thanx.merchant.handle])
    return client.post(where, {"q": member["email"]})["Location"]


def others_tag(sandbox, at_thanx, member, key="vip", values=("gold",)):
    body = {"merchant_id": at_thanx.merchant.thanx_id, "user_ids": [member["id"]], "key": key, "values": list(values)}
    sandbox.call("PUT", "/partner/tags", json=body)


def tags_at(sandbox):
    return {(tag["user_id"], tag["key"]): tag["values"] for tag in sandbox.guests()["tags"]}


def test_tags_are_read_when_asked_and_others_are_only_shown(sandbox, client, at_thanx, member, profile):
    others_tag(sandbox, at_thanx, member)
    assert "Read the tags" in client.get(profile).content.decode()
    assert sandbox.requests("/partner/tags")[1:] == []

    client.post(f"{profile}tags/read/")

    page = client.get(profile).content.decode()
    assert "gold" in page
    assert "Another partner’s, only to be read" in page


def test_tags_are_not_read_again_within_a_minute(sandbox, client, profile, forward):
    client.post(f"{profile}tags/read/")
    asked = len(sandbox.requests("/partner/tags"))

    said = client.post(f"{profile}tags/read/", follow=True).content.decode()
    assert "Thanx has just been asked this. What you see is its answer." in said
    assert len(sandbox.requests("/partner/tags")) == asked
    forward(seconds=70)
    client.post(f"{profile}tags/read/")

    assert len(sandbox.requests("/partner/tags")) == asked + 1


def test_a_tag_of_ours_is_saved_shown_and_deleted(sandbox, client, at_thanx, member, profile):
    client.post(f"{profile}tags/read/")

    client.post(f"{profile}tags/", {"name": "likes", "values": "tacos, fries, tacos"})
    saved = tags_at(sandbox)
    page = client.get(profile).content.decode()
    client.post(f"{profile}tags/", {"name": "likes", "delete": "on"})

    assert saved == {(member["id"], "acme:likes"): ["tacos", "fries"]}
    assert "tacos, fries" in page
    assert tags_at(sandbox) == {}
    assert AuditEntry.objects.filter(action__in=["guest tagged", "guest's tag deleted"]).count() == 2


def test_another_partners_key_cannot_be_named(sandbox, client, at_thanx, member, profile):
    others_tag(sandbox, at_thanx, member)

    client.post(f"{profile}tags/", {"name": "vip", "delete": "on"})

    assert tags_at(sandbox) == {(member["id"], "vip"): ["gold"]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "two words", "values": "x"}, "letters, digits, dots, dashes and colons only"),
        ({"name": "likes", "values": " , "}, "at least one value"),
        ({"name": "likes", "values": ",".join(map(str, range(51)))}, "51 values are too many"),
    ],
)
def test_what_cannot_be_saved_is_said_and_kept(sandbox, client, profile, typed, said):
    page = client.post(f"{profile}tags/", typed).content.decode()

    assert said in page
    assert f'value="{typed["values"].strip()}"' in page or typed["values"].strip() in page
    assert tags_at(sandbox) == {}
