"""Single sign-on with a real OpenID Connect provider, which runs beside the tests."""

import re
from urllib.parse import urlsplit

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from oidc_provider_mock import User as Claims
from oidc_provider_mock import run_server_in_thread

from accounts.models import Membership, Role, User
from accounts.people import invitations
from tests.support.factories import MerchantFactory, UserFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # inside the provider
]

LOGIN = "/accounts/oidc/sso/login/"


def claims(sub, **facts):
    return Claims(sub=sub, claims={"email": f"{sub}@partner.example", "email_verified": True} | facts)


@pytest.fixture(scope="module")
def provider():
    people = (claims("ana"), claims("bo"), claims("eve", email="ana@partner.example", email_verified=False))
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def configured(settings, provider):
    app = settings.OIDC_PROVIDER | {"client_id": "portal", "secret": "secret", "settings": {"server_url": provider}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def come_as(client, sub):
    """Go through the provider as a browser does; return the portal's last answer."""
    there = client.post(LOGIN).url
    back = requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}", follow=True)


def who(client):
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_a_user_signs_in_by_the_address_that_the_provider_has_verified(client):
    ana = UserFactory(email="ana@partner.example")

    come_as(client, "ana")

    assert who(client) == ana


def test_an_address_that_the_provider_has_not_verified_opens_no_account(client):
    UserFactory(email="ana@partner.example")

    come_as(client, "eve")

    assert who(client) is None


def test_a_stranger_gets_no_account(client):
    come_as(client, "bo")

    assert who(client) is None
    assert not User.objects.exists()


def test_an_invited_user_gets_an_account_and_the_role(client):
    merchant = MerchantFactory()
    invitations.invite(merchant=merchant, email="bo@partner.example", role=Role.VIEWER, by=None, at=timezone.now())

    come_as(client, "bo")

    assert who(client).email == "bo@partner.example"
    assert Membership.objects.get().user == who(client)


def test_the_second_factor_is_asked_for_all_the_same(client):
    ana = UserFactory(email="ana@partner.example")
    TOTP.activate(ana, generate_totp_secret())

    answer = come_as(client, "ana")

    assert answer.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert who(client) is None


@pytest.mark.parametrize(("asks_itself", "status"), [(True, 200), (False, 302)])
def test_a_provider_may_stand_for_the_second_factor_of_a_role(client, settings, asks_itself, status):
    settings.SECOND_FACTOR_FOR, settings.OIDC_ASKS_SECOND_FACTOR = ["operator"], asks_itself
    UserFactory(email="ana@partner.example", is_staff=True)

    come_as(client, "ana")

    assert client.get("/").status_code == status


def test_the_entrance_offers_it_only_where_it_is_set_up(client, settings):
    offered = client.get("/accounts/login/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    silent = client.get("/accounts/login/").content.decode()

    assert re.search(rf'method="post" action="{LOGIN}[^"]*"', offered)
    assert LOGIN not in silent
    assert client.post(LOGIN).status_code == 404
