"""The admin has no entrance of its own, and no way around a second factor."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from tests.support.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/accounts/user/"])
def test_the_admin_sends_visitors_to_the_one_entrance(client, address):
    answer = client.get(address, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_a_password_sent_to_the_admins_own_address_signs_no_user_in(client, operator):
    client.post("/admin/login/", {"username": operator.email, "password": PASSWORD, "next": "/admin/"})

    assert "_auth_user_id" not in client.session


def test_an_operator_with_a_second_factor_needs_it_for_the_admin_too(client, operator):
    TOTP.activate(operator, generate_totp_secret())

    answer = client.post("/accounts/login/?next=/admin/", {"login": operator.email, "password": PASSWORD}, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("mfa_authenticate")
    assert client.get("/admin/").status_code == 302


def test_the_admin_shows_no_seed_and_removes_no_factor(client, operator):
    factor = TOTP.activate(UserFactory(), generate_totp_secret()).instance
    client.force_login(operator)

    page = client.get(reverse("admin:mfa_authenticator_change", args=[factor.pk]))
    client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})

    assert page.status_code == 200
    assert factor.data["secret"] not in page.content.decode()
    assert Authenticator.objects.filter(pk=factor.pk).exists()


def test_the_admin_sets_no_password_and_no_address(client, operator):
    user = UserFactory()
    client.force_login(operator)

    pages = [
        client.post(f"/admin/accounts/user/{user.pk}/password/", {"password1": "x" * 20, "password2": "x" * 20}),
        client.post("/admin/accounts/user/add/", {"email": "bo@partner.example", "password1": "x" * 20}),
    ]
    client.post(reverse("admin:accounts_user_change", args=[user.pk]), {"email": "bo@partner.example"})

    before = user.email
    user.refresh_from_db()
    assert [page.status_code for page in pages] == [403, 403]
    assert user.check_password(PASSWORD)
    assert user.email == before


def test_the_admins_page_for_a_new_password_is_the_one_of_all_users(client: Client, operator):
    client.force_login(operator)

    assert client.get("/admin/password_change/").url == reverse("account_change_password")
