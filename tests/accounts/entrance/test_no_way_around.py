"""Attacks on the second factor: a user who has one gets in nowhere without it, and keeps one that the role needs."""

import time
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from notifications.forgotten_passwords import send_one_link
from tests.support.factories import PASSWORD, MembershipFactory

pytestmark = pytest.mark.django_db

INSIDE = ("/", "/admin/", "/notifications/", "/accounts/email/", "/accounts/2fa/", "/accounts/sessions/")
NEW = "seven green avocados"


@pytest.fixture
def ana():
    user = MembershipFactory(role=Role.MANAGER, user__email="ana@partner.example").user
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


def is_outside(client):
    answers = [client.get(address, follow=True) for address in INSIDE]
    return "_auth_user_id" not in client.session and {answer.request["PATH_INFO"] for answer in answers} <= {
        "/accounts/login/",
        "/accounts/2fa/authenticate/",
    }


def by_password(client, user):
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def by_reset(client, user):
    client.post("/accounts/password/reset/", {"email": user.email})
    send_one_link()
    path = next(urlsplit(word).path for word in mail.outbox[-1].body.split() if "/password/reset/key/" in word)
    form = client.get(path, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": NEW, "password2": NEW})


def by_provider(client, user):
    client.provider.knows("ana")
    client.provider.come_as(client, "ana")


@pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
@pytest.mark.parametrize("way", [by_password, by_reset, by_provider])
def test_no_way_in_leads_around_the_second_factor(client, ana, provider, way):
    client.provider = provider

    way(client, ana)

    assert client.get("/accounts/2fa/authenticate/").status_code == 200  # the way led as far as this
    assert is_outside(client)


def test_the_second_step_of_one_browser_is_none_of_another(client, ana):
    by_password(client, ana)

    assert Client().get("/accounts/2fa/authenticate/").url == "/accounts/login/"


def test_codes_cannot_be_tried_out(client, ana):
    by_password(client, ana)

    pages = [client.post("/accounts/2fa/authenticate/", {"code": f"{n:06}"}).text for n in range(8)]

    assert "Too many" in pages[-1]
    assert is_outside(client)


def test_a_recovery_code_works_once(client, ana):
    code = Authenticator.objects.get(user=ana, type="recovery_codes").wrap().get_unused_codes()[0]
    outcomes = []
    for browser in (client, Client()):
        by_password(browser, ana)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
        outcomes.append("_auth_user_id" in browser.session)

    assert outcomes == [True, False]


def proven(client, user):
    """Sign in with a proof of the second factor that is a moment old."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


@pytest.mark.parametrize(("needed", "left"), [(["manager"], 1), ([], 0)])
def test_the_last_passkey_of_a_role_that_needs_a_factor_stays(client, settings, needed, left):
    settings.SECOND_FACTOR_FOR = needed
    user = MembershipFactory(role=Role.MANAGER).user
    passkey = Authenticator.objects.create(user=user, type="webauthn", data={"name": "laptop"})
    proven(client, user)

    page = client.post(reverse("mfa_remove_webauthn", args=[passkey.pk]), follow=True)

    assert Authenticator.objects.filter(pk=passkey.pk).count() == left
    assert ("this is your only one" in page.text) == bool(left)


def test_a_passkey_is_removed_neither_without_a_proof_nor_by_another_user(client, ana):
    passkey = Authenticator.objects.create(user=ana, type="webauthn", data={"name": "laptop"})
    page = reverse("mfa_remove_webauthn", args=[passkey.pk])
    client.force_login(ana)
    other = Client()
    proven(other, MembershipFactory().user)

    assert client.post(page).url.startswith("/accounts/2fa/reauthenticate/")
    assert other.post(page).status_code == 404
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_signing_in_makes_a_new_session(client):
    user = MembershipFactory().user
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    before = session.session_key

    by_password(client, user)

    assert "_auth_user_id" in client.session
    assert client.session.session_key != before
    assert not Client(headers={"Cookie": f"sessionid={before}"}).session.get("_auth_user_id")
