import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from accounts.people import invitations
from tests.support.factories import MembershipFactory, MerchantFactory


@pytest.fixture
def merchant():
    return MerchantFactory(handle="tacos", name="Peño's Tacos")


@pytest.fixture
def manager(merchant, client):
    user = MembershipFactory(merchant=merchant, role=Role.MANAGER).user
    client.force_login(user)
    return user


@pytest.fixture
def link(merchant, manager):
    """Invite a user; return the path of the link that was mailed."""

    def invite(email="bo@partner.example", role=Role.APPROVER, **facts):
        asked = {"merchant": merchant, "by": manager, "at": timezone.now(), **facts}
        invitations.send(invitations.invite(email=email, role=role, **asked))
        return re.search(r"/invitation/\S+", mail.outbox[-1].body)[0]

    return invite


@pytest.fixture
def guest():
    """The browser of a visitor."""
    return Client()
