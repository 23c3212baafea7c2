"""An email address counts only once its holder has opened a link that went there."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail

from accounts.entrance import addresses
from tests.support.factories import PASSWORD, UserWithRoleFactory

pytestmark = pytest.mark.django_db

NEW = "ana.new@partner.example"


@pytest.fixture
def ana(client):
    user = UserWithRoleFactory(email="ana@partner.example")
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return user


@pytest.fixture
def fresh(client, ana):
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return ana


def ask_for(client, address):
    return client.post("/accounts/email/", {"email": address, "action_add": "1"}, follow=True)


def open_link(client, message):
    path = re.search(r"/accounts/confirm-email/\S+", message.body)[0]
    return client.post(path, follow=True)


def test_a_new_address_asks_who_is_there(client, ana):
    answer = ask_for(client, NEW)

    assert answer.redirect_chain[0][0].startswith("/accounts/reauthenticate/")
    assert mail.outbox == []


def test_what_was_asked_for_goes_on_once_the_password_was_given(client, ana):
    answer = ask_for(client, NEW)

    client.post(answer.redirect_chain[-1][0], {"password": PASSWORD})

    assert [message.to for message in mail.outbox] == [[NEW]]


def test_a_new_address_counts_for_nothing_until_its_link_is_opened(client, fresh):
    ask_for(client, NEW)

    fresh.refresh_from_db()
    assert fresh.email == "ana@partner.example"
    assert not EmailAddress.objects.get(email=NEW).verified


def test_an_opened_link_changes_the_address_and_tells_the_old_one(client, fresh):
    ask_for(client, NEW)

    open_link(client, mail.outbox[0])

    fresh.refresh_from_db()
    assert fresh.email == NEW
    assert list(EmailAddress.objects.filter(user=fresh).values_list("email", "verified", "primary")) == [
        (NEW, True, True)
    ]
    assert mail.outbox[-1].to == ["ana@partner.example"]
    assert NEW in mail.outbox[-1].body


def test_a_user_with_a_second_factor_proves_it_and_can_change_the_address(client, ana):
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)

    answer = ask_for(client, NEW)

    assert answer.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")


def test_an_address_of_another_user_gets_the_same_answer_and_cannot_be_taken(client, fresh):
    other = UserWithRoleFactory(email="future.manager@partner.example")

    taken, free = ask_for(client, other.email), ask_for(client, NEW)

    assert taken.status_code == 200
    assert words(taken, other.email) == words(free, NEW)
    assert mail.outbox[0].to == [other.email]
    assert "/accounts/confirm-email/" not in mail.outbox[0].body


def test_a_link_cannot_be_forced_for_an_address_that_another_user_has_got_since(client, fresh):
    ask_for(client, NEW)
    other = UserWithRoleFactory(email="someone@partner.example")
    other.email = NEW
    other.save()

    page = open_link(client, mail.outbox[0])

    fresh.refresh_from_db()
    assert page.status_code == 200
    assert fresh.email == "ana@partner.example"


def test_a_user_with_an_unproven_address_cannot_sign_in(client):
    user = UserWithRoleFactory()
    EmailAddress.objects.filter(user=user).delete()

    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    assert "_auth_user_id" not in client.session
    open_link(client, mail.outbox[0])
    assert addresses.is_proven(user)


def words(answer, address):
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return re.sub(r"\d+", "0", page.replace(address, "ADDRESS"))  # without the times


@pytest.mark.parametrize("address", [NEW, "future.manager@partner.example"])
def test_a_link_that_the_mail_server_does_not_take_is_not_said_to_be_on_its_way(
    client, fresh, refused_connections, address
):
    UserWithRoleFactory(email="future.manager@partner.example")

    answer = ask_for(client, address)

    assert "The mail server did not take the email." in answer.text
    assert "is on its way" not in answer.text
