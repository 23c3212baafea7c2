"""The page for forgotten passwords does the same for every address; a worker sends links to users only."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.forgotten_passwords import AGAIN_AFTER, GIVEN_UP_AFTER, send_one_link
from notifications.models import ForgottenPassword
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db

PAGE = "/accounts/password/reset/"
KNOWN, STRANGE = "ana@partner.example", "ana@stranger.example"


@pytest.fixture(autouse=True)
def ana():
    return UserFactory(email=KNOWN)


def work(email, client, mailoutbox):
    """Ask for a link; return what the portal answers, asks of the database, and mails, without what always differs."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(PAGE, {"email": email}, follow=True)
    statements = [re.sub(r"'[^']*'|\b\d+\b|s\d+_x\d+", "?", query["sql"]) for query in asked.captured_queries]
    return answer.content, answer.redirect_chain, [sql.partition(" VALUES")[0] for sql in statements], len(mailoutbox)


def send(*, after=timedelta(0)):
    return send_one_link(clock=lambda: timezone.now() + after)


def test_the_page_does_the_same_for_an_address_with_and_without_an_account(client, mailoutbox):
    client.post(PAGE, {"email": "first@stranger.example"})  # the count of the address begins

    known, strange = (work(email, client, mailoutbox) for email in (KNOWN, STRANGE))

    assert known == strange
    assert mailoutbox == []
    assert ForgottenPassword.objects.count() == 3


def test_a_worker_sends_the_link_to_the_user_and_nothing_to_a_stranger(client, mailoutbox, settings):
    settings.PORTAL_URL = "https://portal.example/"
    for email in (STRANGE, KNOWN.upper()):
        client.post(PAGE, {"email": email})

    assert [send(), send(), send()] == [True, True, False]

    [mail] = mailoutbox
    assert mail.to == [KNOWN]
    assert "https://portal.example/accounts/password/reset/key/" in mail.body
    assert not ForgottenPassword.objects.exists()


def test_a_user_who_is_switched_off_gets_no_link(client, ana, mailoutbox):
    ana.is_active = False
    ana.save()
    client.post(PAGE, {"email": KNOWN})

    assert send()
    assert mailoutbox == []


def test_a_mail_server_that_is_away_is_tried_again_for_an_hour(client, refused_connections):
    client.post(PAGE, {"email": KNOWN})

    assert send()
    assert not send(after=AGAIN_AFTER / 2)
    assert send(after=AGAIN_AFTER + timedelta(seconds=1))
    assert send(after=GIVEN_UP_AFTER + timedelta(seconds=1))

    assert not ForgottenPassword.objects.exists()


def test_the_address_lies_nowhere_in_clear_meanwhile(client):
    client.post(PAGE, {"email": KNOWN})

    assert KNOWN.encode() not in bytes(ForgottenPassword.objects.get().sealed_address)


def test_an_address_whose_data_key_has_gone_is_forgotten(client, settings, mailoutbox):
    client.post(PAGE, {"email": KNOWN})
    settings.DATA_KEYS = [b"n" * 32]

    assert send()
    assert (mailoutbox, ForgottenPassword.objects.count()) == ([], 0)
