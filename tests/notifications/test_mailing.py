"""Emails are sent at least once, name the environment, and delay nothing else."""

from datetime import timedelta

import pytest

from accounts.models import Role
from notifications import notify
from notifications.kinds import NotificationKind
from notifications.mailing import send_one_email
from notifications.models import Notification
from tests.support.factories import NOON, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portal(settings):
    settings.PORTAL_URL = "https://portal.example/"
    settings.THANX_API_URL = "https://api.thanxsandbox.com"
    settings.THANX_CLIENT_ID, settings.THANX_ACCESS_TOKEN = "id", "token"


@pytest.fixture
def row():
    """An email that waits to be sent."""
    member = MembershipFactory(role=Role.MARKETER, user__email="ana@partner.example", merchant__name="Noodles")
    words = {"title": "73 guests of\n“Autumn” got no reward", "text": "1,727 were issued.", "path": "/m/noodles/"}
    notify.notify_users(kind=NotificationKind.FAILURES, key="1", at=NOON, merchant_id=member.merchant_id, **words)
    return Notification.objects.get()


def send(*, after=timedelta(0)):
    return send_one_email(clock=lambda: NOON + after)


def test_an_email_is_plain_text_with_a_link_and_names_the_environment(row, mailoutbox):
    assert send()

    [mail] = mailoutbox
    assert mail.to == ["ana@partner.example"]
    assert mail.subject == "[SANDBOX] 73 guests of “Autumn” got no reward"
    assert "https://portal.example/m/noodles/\n" in mail.body
    assert "This is about SANDBOX at Noodles." in mail.body
    assert "https://portal.example/notifications/settings/" in mail.body
    assert mail.content_subtype == "plain"


def test_what_was_sent_is_not_sent_again(row, mailoutbox):
    assert send()
    assert not send(after=timedelta(days=1))

    row.refresh_from_db()
    assert row.emailed_at == NOON
    assert len(mailoutbox) == 1


def test_a_mail_server_that_does_not_answer_is_tried_again_less_and_less_often(row, refused_connections):
    waits = []
    for _ in range(9):
        assert send(after=(row.due_at - NOON))
        before, row = row.due_at, Notification.objects.get()
        waits.append(row.due_at - before)

    assert row.problem == "ConnectionRefusedError"
    assert waits[:3] == [timedelta(minutes=n) for n in (1, 2, 4)]
    assert waits[-1] == timedelta(hours=2)


def test_every_attempt_has_the_same_message_id(row, refused_connections, settings, mailoutbox):
    send()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    send(after=timedelta(hours=1))

    assert mailoutbox[0].extra_headers["Message-ID"] == f"<{row.message_id}@portal.example>"


def test_an_email_that_could_not_be_sent_for_days_is_given_up(row, refused_connections):
    send(after=timedelta(days=3))

    assert Notification.objects.get().due_at is None


def test_a_user_who_is_no_longer_active_gets_no_email(row, mailoutbox):
    row.to.is_active = False
    row.to.save()

    assert send()

    assert mailoutbox == []
    assert not send()


def test_a_worker_that_died_while_sending_leaves_the_email_to_another(row, mailoutbox, monkeypatch):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        send()
    monkeypatch.undo()

    assert not send()
    assert send(after=timedelta(minutes=5))
    assert len(mailoutbox) == 1
