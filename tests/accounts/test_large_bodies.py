"""A view is asked before a file is sent to it: the guard answers, and nothing is done."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from accounts import large_bodies
from accounts.models import Role
from campaigns.models import Merchant
from issuance.models import ExclusionList, Issuance
from tests.conventions.test_views import patterns
from tests.support.factories import NOON, IssuanceFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def addresses():
    """Every address of one merchant that takes files."""
    draft = IssuanceFactory(campaign__merchant__handle="tacos", state="draft", confirmed_at=None)
    listed = ExclusionList.objects.create(merchant=draft.merchant, name="staff", created_at=NOON, changed_at=NOON)
    keys = {"handle": "tacos", "issuance_id": draft.pk, "list_id": listed.pk}
    return [
        "/" + re.sub(r"<\w+:(\w+)>", lambda name: str(keys[name[1]]), address)
        for address, entry in patterns()
        if large_bodies.asks_first(entry.callback)
    ]


def asked(address, user):
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    return client.post(address, **{large_bodies.ASKED: True})


@pytest.mark.parametrize(
    ("who", "status"), [(None, 302), ("other", 404), (Role.VIEWER, 403), (Role.MARKETER, 204), (Role.MANAGER, 204)]
)
def test_only_a_user_who_may_upload_is_told_to_send_the_file(addresses, who, status):
    if isinstance(who, Role):
        user = MembershipFactory(merchant=Merchant.objects.get(handle="tacos"), role=who).user
    else:
        user = MembershipFactory().user if who else None
    before = list(Issuance.objects.values()), list(ExclusionList.objects.values())

    answers = [asked(address, user) for address in addresses]

    assert len(addresses) == 5
    assert {answer.status_code for answer in answers} == {status}
    assert {answer.headers.get(large_bodies.USER) for answer in answers} == {str(user.pk) if status == 204 else None}
    assert (list(Issuance.objects.values()), list(ExclusionList.objects.values())) == before


def test_every_view_that_reads_a_file_says_so():
    marked = {entry.callback.__name__ for _, entry in patterns() if large_bodies.asks_first(entry.callback)}

    assert marked == {"page", "upload_corrected", "add", "new"}
    assert large_bodies.largest(get_resolver().resolve("/webhooks/thanx/").func) == 8 * large_bodies.MEBIBYTE
