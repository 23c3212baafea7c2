"""Signing in and out, passwords, addresses and second factors leave audit entries, without what was typed."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.urls import reverse

from accounts.models import AuditEntry
from tests.support.factories import PASSWORD, UserWithRoleFactory

pytestmark = pytest.mark.django_db

ANOTHER = "quite-another-long-one"


def last():
    return AuditEntry.objects.latest("pk")


@pytest.fixture
def user(client):
    """A user who has just signed in with a password."""
    user = UserWithRoleFactory()
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return user


def test_signing_in_is_recorded_with_its_method_and_the_address_then(client, user):
    entry = last()

    assert (entry.action, entry.by, entry.who, entry.object_id) == ("signed in", user, user.email, str(user.pk))
    assert entry.facts == {"methods": ["password"]}


def test_an_entry_keeps_the_address_that_its_user_had_then(user):
    before = user.email
    user.email = "married@partner.example"
    user.save()

    assert last().who == before


def test_signing_out_is_recorded(client, user):
    client.post(reverse("account_logout"))

    assert (last().action, last().by) == ("signed out", user)


def test_a_wrong_password_is_recorded_on_the_account_and_not_kept(client):
    user = UserWithRoleFactory()

    client.post(reverse("account_login"), {"login": user.email.upper(), "password": "my-other-password"})

    entry = last()
    assert (entry.action, entry.by, entry.object_id) == ("sign-in failed", None, str(user.pk))
    assert "my-other-password" not in str(entry.facts)


def test_an_unknown_address_is_recorded_and_not_kept(client):
    client.post(reverse("account_login"), {"login": "guest@mail.example", "password": "x"})

    entry = last()
    assert (entry.action, entry.object_id, entry.who) == ("sign-in failed", "", "")
    assert entry.facts == {"account_exists": False}


def test_a_changed_password_is_recorded(client, user):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    typed = {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}

    client.post(reverse("account_change_password"), typed)

    user.refresh_from_db()
    assert user.check_password(ANOTHER)
    assert AuditEntry.objects.filter(action="password changed", by=user).count() == 1


@pytest.mark.django_db(transaction=True)  # allauth tells of a second factor after the commit
def test_a_second_factor_is_recorded_when_it_comes_and_when_it_goes(client, user):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session[totp.SECRET_SESSION_KEY]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    client.post(reverse("mfa_deactivate_totp"))

    entries = AuditEntry.objects.filter(by=user, action__startswith="second factor").order_by("pk")
    assert ("second factor added", {"kind": "totp"}) in entries.values_list("action", "facts")
    assert ("second factor removed", {"kind": "totp"}) in entries.values_list("action", "facts")
    assert secret not in str(list(entries.values_list("facts", flat=True)))


def test_a_changed_address_is_recorded_with_both(client, user):
    before = user.email
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"action_add": "", "email": "second@partner.example"})
    link = re.search(r"/accounts/confirm-email/\S+/", mail.outbox[-1].body)
    client.post(link[0])

    entries = AuditEntry.objects.filter(object_id=user.pk, action__startswith="address")
    assert "second@partner.example" in str(entries.get(action="address verified").facts)
    changed = entries.get(action="address changed")
    assert (changed.by, changed.facts["after"]) == (user, {"address": "second@partner.example"})
    assert changed.facts["before"] == {"address": before}
