"""The list of a user's notifications, the number of unread ones on every page, and the page of choices."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from notifications import notify
from notifications.kinds import NotificationKind
from notifications.models import Notification
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return MerchantFactory(handle="noodles", name="Noodles <Co>")


@pytest.fixture
def notify_marketer(merchant, marketer):
    def notified(title="It has ended", *, key="1"):
        words = {"title": title, "text": "", "path": "/m/noodles/", "merchant_id": merchant.pk}
        notify.notify_users(kind=NotificationKind.FINISHED, key=key, at=timezone.now(), **words)
        return Notification.objects.get(to=marketer, key=f"finished:{key}")

    return notified


def test_the_bell_counts_what_is_new_on_every_page(client, notify_marketer):
    assert 'aria-label="Notifications"' in client.get("/m/noodles/").text
    notify_marketer(key="1")
    notify_marketer(key="2")

    assert 'aria-label="Notifications: 2 new"' in client.get("/m/noodles/").text
    assert 'aria-label="Notifications: 2 new"' in client.get("/notifications/").text
    assert '<span class="bell-count" aria-hidden="true">2</span>' in client.get("/notifications/").text


def test_the_list_says_which_notifications_are_new(client, notify_marketer):
    notify_marketer("It has ended", key="1")
    notify.mark_read(notification=notify_marketer("It was paused", key="2"), at=timezone.now())

    page = client.get("/notifications/").text

    assert '<span class="visually-hidden">New: </span><strong>It has ended</strong>' in page
    assert page.count("New: ") == 1


def test_opening_a_notification_leads_to_its_page_and_marks_it_as_read(client, notify_marketer):
    notification = notify_marketer()

    answer = client.post(f"/notifications/{notification.pk}/open/")

    assert answer.url == "/m/noodles/"
    notification.refresh_from_db()
    assert notification.read_at is not None
    client.post(f"/notifications/{notification.pk}/open/")
    assert AuditEntry.objects.filter(action="notification read").count() == 1


def test_all_can_be_marked_as_read_at_once(client, notify_marketer):
    notify_marketer(key="1")
    notify_marketer(key="2")

    client.post("/notifications/read/")

    assert "Nothing new." in client.get("/notifications/").text
    assert AuditEntry.objects.get(action="notifications read").facts == {"number": 2}


def test_users_neither_see_nor_open_the_notifications_of_others(client, notify_marketer, merchant):
    notification = notify_marketer("For Ana")
    client.force_login(MembershipFactory(merchant=merchant).user)

    assert "For Ana" not in client.get("/notifications/").text
    assert client.post(f"/notifications/{notification.pk}/open/").status_code == 404
    notification.refresh_from_db()
    assert notification.read_at is None


def test_reading_the_list_changes_nothing(client, notify_marketer):
    notification = notify_marketer()

    client.get("/notifications/")

    assert client.get(f"/notifications/{notification.pk}/open/").url == "/notifications/"
    notification.refresh_from_db()
    assert notification.read_at is None


def test_a_notification_that_is_sent_by_email_only_is_not_in_the_list(client, marketer, notify_marketer):
    notify.save_choices(user=marketer, ways={NotificationKind.FINISHED: (False, True)}, at=timezone.now())
    notify_marketer()

    assert "No notifications yet" in client.get("/notifications/").text


def test_titles_are_shown_as_text(client, notify_marketer):
    notify_marketer("“<b>Autumn</b>” has ended")

    page = client.get("/notifications/").text

    assert "&lt;b&gt;Autumn&lt;/b&gt;" in page
    assert "Noodles &lt;Co&gt;" in page


def test_choices_are_kept(client, marketer):
    client.post("/notifications/settings/", {"finished_email": "on", "failures_portal": "on"})

    assert notify.choices_of(marketer)[NotificationKind.FINISHED] == (False, True)
    assert notify.choices_of(marketer)[NotificationKind.FAILURES] == (True, False)
    page = client.get("/notifications/settings/").content.decode()
    assert page.count("checked") == 2


def test_only_staff_choose_about_the_credential(client, marketer):
    assert "credential_email" not in client.get("/notifications/settings/").text
    client.force_login(UserFactory(is_staff=True))
    assert "credential_email" in client.get("/notifications/settings/").text


def test_the_number_of_queries_does_not_depend_on_the_list(client, notify_marketer, django_assert_num_queries):
    for n in range(9):
        notify_marketer(key=str(n))

    with django_assert_num_queries(7):  # session, user, count, page, unread; frame, halts
        client.get("/notifications/")
