"""Single sign-on with a real OpenID Connect provider, which runs beside the tests."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role, User
from accounts.people import invitations
from tests.support.factories import MerchantFactory, UserFactory, UserWithRoleFactory
from tests.support.servers.single_sign_on import LOGIN

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # inside the provider
]


@pytest.fixture(autouse=True)
def people(provider):
    provider.knows("ana")
    provider.knows("bo")
    provider.knows("eve", email="ana@partner.example", email_verified=False)


@pytest.fixture
def come_as(provider):
    return provider.come_as


def who(client):
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_a_user_signs_in_by_the_address_that_the_provider_has_verified(come_as, client):
    ana = UserWithRoleFactory(email="ana@partner.example")

    come_as(client, "ana")

    assert who(client) == ana


def test_an_address_that_the_provider_has_not_verified_opens_no_account(come_as, client):
    UserWithRoleFactory(email="ana@partner.example")

    come_as(client, "eve")

    assert who(client) is None


def test_a_stranger_gets_no_account(come_as, client):
    come_as(client, "bo")

    assert who(client) is None
    assert not User.objects.exists()


def test_an_invited_user_gets_an_account_and_the_role(come_as, client):
    merchant = MerchantFactory()
    invitations.invite(merchant=merchant, email="bo@partner.example", role=Role.VIEWER, by=None, at=timezone.now())

    come_as(client, "bo")

    assert who(client).email == "bo@partner.example"
    assert Membership.objects.get().user == who(client)


def test_the_second_factor_is_asked_for_all_the_same(come_as, client):
    ana = UserWithRoleFactory(email="ana@partner.example")
    TOTP.activate(ana, generate_totp_secret())

    answer = come_as(client, "ana")

    assert answer.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert who(client) is None


@pytest.mark.parametrize(("asks_itself", "status"), [(True, 200), (False, 302)])
def test_a_provider_may_stand_for_the_second_factor_of_a_role(come_as, client, settings, asks_itself, status):
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


def test_an_account_that_a_provider_opens_from_now_on_says_so_in_the_audit_trail(come_as, client):
    ana = UserWithRoleFactory(email="ana@partner.example")

    come_as(client, "ana")

    added = AuditEntry.objects.get(action="single sign-on added")
    assert (added.by, added.object_id, added.facts) == (ana, str(ana.pk), {"provider": "sso"})
