"""Somebody's own list, the bell that counts what is new in it, and the page of choices."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Role
from notifications import notify
from notifications.kinds import Kind
from notifications.models import Notification
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return MerchantFactory(handle="noodles", name="Noodles <Co>")


@pytest.fixture
def marketer(client, merchant):
    user = MembershipFactory(merchant=merchant, role=Role.MARKETER).user
    client.force_login(user)
    return user


@pytest.fixture
def tell(merchant, marketer):
    def told(title="It has ended", *, key="1"):
        words = {"title": title, "text": "", "path": "/m/noodles/", "merchant_id": merchant.pk}
        notify.tell(kind=Kind.FINISHED, key=key, at=timezone.now(), **words)
        return Notification.objects.get(to=marketer, key=f"finished:{key}")

    return told


def test_the_bell_counts_what_is_new_on_every_page(client, tell):
    assert 'aria-label="Notifications"' in client.get("/m/noodles/").text
    tell(key="1")
    tell(key="2")

    assert 'aria-label="Notifications: 2 new"' in client.get("/m/noodles/").text
    assert 'aria-label="Notifications: 2 new"' in client.get("/notifications/").text


def test_opening_one_leads_to_what_it_is_about_and_marks_it_as_read(client, tell):
    told = tell()

    answer = client.post(f"/notifications/{told.pk}/open/")

    assert answer.url == "/m/noodles/"
    told.refresh_from_db()
    assert told.read_at is not None
    client.post(f"/notifications/{told.pk}/open/")
    assert AuditEntry.objects.filter(action="notification read").count() == 1


def test_all_can_be_marked_as_read_at_once(client, tell):
    tell(key="1")
    tell(key="2")

    client.post("/notifications/read/")

    assert "Nothing new." in client.get("/notifications/").text
    assert AuditEntry.objects.get(action="notifications read").facts == {"number": 2}


def test_nobody_sees_or_opens_what_others_were_told(client, tell, merchant):
    told = tell("For Ana")
    client.force_login(MembershipFactory(merchant=merchant).user)

    assert "For Ana" not in client.get("/notifications/").text
    assert client.post(f"/notifications/{told.pk}/open/").status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


def test_looking_changes_nothing(client, tell):
    told = tell()

    client.get("/notifications/")

    assert client.get(f"/notifications/{told.pk}/open/").status_code == 405
    told.refresh_from_db()
    assert told.read_at is None


def test_what_is_told_by_email_only_is_not_in_the_list(client, marketer, tell):
    notify.choose(user=marketer, ways={Kind.FINISHED: (False, True)}, at=timezone.now())
    tell()

    assert "No notifications yet" in client.get("/notifications/").text


def test_titles_are_shown_as_text(client, tell):
    tell("“<b>Autumn</b>” has ended")

    page = client.get("/notifications/").text

    assert "&lt;b&gt;Autumn&lt;/b&gt;" in page
    assert "Noodles &lt;Co&gt;" in page


def test_choices_are_kept(client, marketer):
    client.post("/notifications/settings/", {"finished_email": "on", "failures_portal": "on"})

    assert notify.choices_of(marketer)[Kind.FINISHED] == (False, True)
    assert notify.choices_of(marketer)[Kind.FAILURES] == (True, False)
    page = client.get("/notifications/settings/").content.decode()
    assert page.count("checked") == 2


def test_only_staff_choose_about_the_credential(client, marketer):
    assert "credential_email" not in client.get("/notifications/settings/").text
    client.force_login(UserFactory(is_staff=True))
    assert "credential_email" in client.get("/notifications/settings/").text


def test_the_number_of_queries_does_not_depend_on_the_list(client, tell, django_assert_num_queries):
    for n in range(9):
        tell(key=str(n))

    with django_assert_num_queries(7):  # session, user, count, page, unread; frame, halts
        client.get("/notifications/")
