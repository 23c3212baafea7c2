"""Signing in has the words of the rest of the portal, and signing up is closed."""

import pytest

from accounts.models import User
from tests.support.factories import PASSWORD, UserWithRoleFactory

pytestmark = pytest.mark.django_db


def sign_in(client, **answers):
    return client.post("/accounts/login/", answers, follow=True).content.decode()


def test_the_form_asks_for_an_e_mail_address(client):
    page = client.get("/accounts/login/").content.decode()

    assert "Email address</label>" in page
    assert "Stay signed in on this device" in page


def test_a_wrong_password_says_what_to_do_and_not_which_of_the_two_was_wrong(client):
    person = UserWithRoleFactory()

    known = sign_in(client, login=person.email, password="wrong")
    unknown = sign_in(client, login="nobody@partner.example", password="wrong")

    words = "This email address and this password do not belong together. Please check both."
    assert [page.count(words) for page in (known, unknown)] == [1, 1]


def test_signing_in_leads_straight_to_work_without_a_message(client):
    page = sign_in(client, login=UserWithRoleFactory().email, password=PASSWORD)

    assert "Successfully" not in page
    assert "Sign out" in page


def test_visitors_cannot_sign_up(client):
    answers = {"email": "ana@partner.example", "password1": PASSWORD, "password2": PASSWORD}

    client.post("/accounts/signup/", answers)

    assert not User.objects.exists()
