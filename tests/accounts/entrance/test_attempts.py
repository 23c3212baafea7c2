"""Wrong passwords shut only those out who type them."""

from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.entrance import attempts
from notifications.forgotten_passwords import send_one_link
from tests.support.factories import PASSWORD, UserWithRoleFactory

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def ana():
    return UserWithRoleFactory(email="ana@partner.example")


def attempt(client, *, email, password="wrong", address=HERE):
    """Try a password; return whether it let the client in."""
    client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)
    return "_auth_user_id" in client.session


def fail(times, *, email="ana@partner.example", address=HERE):
    stranger = Client()
    for _ in range(times):
        assert not attempt(stranger, email=email, address=address)


def test_after_five_wrong_passwords_the_right_one_is_refused_at_that_address(ana):
    fail(5)

    assert not attempt(Client(), email=ana.email, password=PASSWORD)


def test_the_refusal_says_what_to_do(client, ana):
    fail(5)

    page = client.post("/accounts/login/", {"login": ana.email, "password": PASSWORD}, REMOTE_ADDR=HERE)

    assert "Please wait a few minutes, or set a new password." in page.content.decode()


def test_wrong_passwords_at_one_address_shut_no_user_out_at_another(ana):
    fail(20)

    assert attempt(Client(), email=ana.email, password=PASSWORD, address=ELSEWHERE)


def test_wrong_passwords_for_one_account_leave_others_at_the_address_alone(ana):
    fail(60)

    assert attempt(Client(), email=UserWithRoleFactory().email, password=PASSWORD)


def test_time_lets_the_account_in_again(ana, time_machine):
    time_machine.move_to("2026-05-12 12:00:00Z", tick=False)
    fail(5)

    time_machine.shift(301)

    assert attempt(Client(), email=ana.email, password=PASSWORD)


def test_many_made_up_accounts_do_not_make_the_limits_forget(ana):
    fail(5)
    cache.set_many({f"allauth:rl:of-another:{number}": [1.0] for number in range(400)}, 300)

    assert not attempt(Client(), email=ana.email, password=PASSWORD)


def test_right_passwords_do_not_count(ana):
    for _ in range(8):
        assert attempt(Client(), email=ana.email, password=PASSWORD)


def test_many_machines_that_try_one_account_are_stopped(ana, monkeypatch):
    monkeypatch.setattr(attempts, "PER_ACCOUNT", "4/1h/key")
    for number in range(4):
        fail(1, address=f"192.0.2.{number}")

    assert not attempt(Client(), email=ana.email, password=PASSWORD, address=ELSEWHERE)


def test_one_machine_that_tries_many_accounts_is_stopped(ana, monkeypatch):
    monkeypatch.setattr(attempts, "PER_ADDRESS", "4/5m/ip")
    for number in range(4):
        fail(1, email=f"person{number}@elsewhere.example")

    assert not attempt(Client(), email=ana.email, password=PASSWORD)
    assert attempt(Client(), email=ana.email, password=PASSWORD, address=ELSEWHERE)


def test_the_browser_that_the_owner_uses_is_never_shut_by_others(client, ana, monkeypatch):
    monkeypatch.setattr(attempts, "PER_ACCOUNT", "4/1h/key")
    monkeypatch.setattr(attempts, "PER_ADDRESS", "4/5m/ip")
    attempt(client, email=ana.email, password=PASSWORD)
    client.post("/accounts/logout/")
    fail(10)

    assert attempt(client, email=ana.email, password=PASSWORD)


def test_a_browser_that_is_known_to_one_account_is_new_to_others(client, ana):
    attempt(client, email=UserWithRoleFactory().email, password=PASSWORD)
    client.post("/accounts/logout/")
    fail(5)

    assert not attempt(client, email=ana.email, password=PASSWORD)


def test_a_known_browser_has_a_limit_of_its_own(client, ana):
    attempt(client, email=ana.email, password=PASSWORD)
    client.post("/accounts/logout/")
    for _ in range(5):
        attempt(client, email=ana.email)

    assert not attempt(client, email=ana.email, password=PASSWORD)
    assert attempt(Client(), email=ana.email, password=PASSWORD, address=ELSEWHERE)


def test_a_cookie_that_was_not_signed_here_says_nothing(client, ana):
    client.cookies[attempts.COOKIE] = "ana@partner.example"
    fail(5)

    assert not attempt(client, email=ana.email, password=PASSWORD)


def test_a_link_by_mail_lets_the_owner_in_whatever_strangers_do(client, ana, monkeypatch):
    monkeypatch.setattr(attempts, "PER_ACCOUNT", "4/1h/key")
    fail(10)
    client.post("/accounts/password/reset/", {"email": ana.email})
    send_one_link()
    link = next(line for line in mail.outbox[0].body.split() if "/password/reset/key/" in line)

    form = client.get(urlsplit(link).path, follow=True).redirect_chain[-1][0]
    new = "seven green avocados"
    client.post(form, {"password1": new, "password2": new})

    assert "_auth_user_id" in client.session
