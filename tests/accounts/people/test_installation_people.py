"""Superusers see who has a role in the installation, and invite operators and certifiers."""

import re

import pytest
from django.core import mail

from accounts.models import Invitation
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db

PEOPLE = "/staff/people/"


@pytest.fixture
def superuser(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def test_the_page_shows_operators_and_invites_a_certifier(client, superuser):
    operator = UserFactory(is_staff=True)

    answer = client.post(PEOPLE, {"email": "cy@lab.example", "role": "certifier", "days": "30"}, follow=True)

    page = answer.content.decode()
    assert all(email in page for email in (operator.email, superuser.email, "cy@lab.example"))
    assert [message.to for message in mail.outbox] == [["cy@lab.example"]]


def test_an_operator_who_accepts_sees_every_merchant(client, superuser, guest):
    user = UserFactory(email="olga@partner.example")
    client.post(PEOPLE, {"email": user.email, "role": "operator", "days": "30"})
    guest.force_login(user)

    guest.post(re.search(r"/invitation/\S+", mail.outbox[0].body)[0])

    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_an_operator_cannot_invite_to_the_installation(client):
    client.force_login(UserFactory(is_staff=True))

    assert client.post(PEOPLE, {"email": "cy@lab.example", "role": "operator", "days": "1"}).status_code == 403
    assert not Invitation.objects.exists()


def test_managers_of_merchants_cannot_reach_invitations_of_the_installation(client, superuser, manager, guest):
    client.force_login(superuser)
    client.post(PEOPLE, {"email": "cy@lab.example", "role": "certifier", "days": "30"})
    waiting = Invitation.objects.get()
    guest.force_login(manager)

    assert guest.post(f"/m/tacos/people/invitations/{waiting.pk}/withdraw/").status_code == 404


def test_a_link_is_sent_again_or_withdrawn(client, superuser):
    client.post(PEOPLE, {"email": "cy@lab.example", "role": "certifier", "days": "30"})
    client.post(f"{PEOPLE}{Invitation.objects.get().pk}/send-again/")

    client.post(f"{PEOPLE}{Invitation.objects.pending().get().pk}/withdraw/")

    assert len(mail.outbox) == 2
    assert not Invitation.objects.pending().exists()
