"""Setting a new password, and a forgotten one."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail

from tests.support.factories import PASSWORD, UserWithRoleFactory

pytestmark = pytest.mark.django_db

NEW = "seven green avocados"


@pytest.fixture
def ana(client):
    user = UserWithRoleFactory(email="ana@partner.example")
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return user


def change(client):
    return client.post("/accounts/password/change/", {"password1": NEW, "password2": NEW})


def test_an_open_session_is_not_enough_to_change_the_password(client, ana):
    change(client)

    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)
    assert NEW not in str(dict(client.session))


def test_a_user_who_has_just_given_the_password_changes_it_and_is_told(client, ana):
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    change(client)

    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert mail.outbox[-1].to == [ana.email]


def test_the_password_alone_does_not_open_what_asks_for_the_second_factor(client, ana):
    TOTP.activate(ana, generate_totp_secret())

    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert answer.url.startswith("/accounts/2fa/reauthenticate/")
    assert client.get("/accounts/2fa/totp/deactivate/").url.startswith("/accounts/2fa/reauthenticate/")


def test_an_account_without_a_password_gets_one_by_mail_only(client):
    user = UserWithRoleFactory()
    user.set_unusable_password()
    user.save()
    client.force_login(user)

    client.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})

    user.refresh_from_db()
    assert not user.has_usable_password()


def test_a_mail_server_that_is_away_undoes_no_act(client, ana, refused_connections):
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    change(client)

    ana.refresh_from_db()
    assert ana.check_password(NEW)
