"""Exclusion lists: their guests get no reward, and the lists do not reveal them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEntry, Role
from issuance.drafts import exclusion_lists
from issuance.models import ExcludedGuest, ExclusionList
from tests.support.factories import NOON, MembershipFactory, MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    membership = MembershipFactory(role=Role.MANAGER)
    client.force_login(membership.user)
    return membership


@pytest.fixture
def staff_list(member):
    return exclusion_lists.create(merchant=member.merchant, name="Staff", by=member.user, at=NOON)


def post(client, name, one, data=None):
    return client.post(reverse(f"issuance:{name}", args=[one.merchant.handle, one.pk]), data or {})


def text_of(response):
    return response.content.decode()


def test_a_list_is_created_and_listed(client, member):
    where = reverse("issuance:exclusions", args=[member.merchant.handle])

    answer = client.post(where, {"name": "Staff and family"})

    made = ExclusionList.objects.get()
    assert answer.url == reverse("issuance:exclusion-list", args=[member.merchant.handle, made.pk])
    assert "Staff and family" in text_of(client.get(where))


def test_a_name_is_used_once_at_a_merchant(client, member, staff_list):
    answer = client.post(reverse("issuance:exclusions", args=[member.merchant.handle]), {"name": "Staff"})

    assert "There is a list of this name already" in text_of(answer)
    assert ExclusionList.objects.count() == 1


def test_pasted_guests_are_added_however_they_are_spelled(client, staff_list):
    post(client, "exclude-guests", staff_list, {"pasted": "Ana <ANA@example.com>\n(212) 555-0123, +1 212 555 0123"})

    staff_list.refresh_from_db()
    assert staff_list.guests == 2
    assert exclusion_lists.holds(exclusion_list=staff_list, text="ana@example.com")
    assert exclusion_lists.holds(exclusion_list=staff_list, text="212.555.0123")


def test_a_file_is_added_and_lines_without_a_guest_are_named(client, staff_list):
    file = SimpleUploadedFile("staff.csv", "name;email\nÄnne;a@example.com\nBo;\nCy;c@example.com\n".encode("cp1252"))

    page = text_of(post(client, "exclude-guests", staff_list, {"file": file}))

    assert "Some lines name no guest" in page
    assert "lines 1, 3." in page
    staff_list.refresh_from_db()
    assert staff_list.guests == 2


def test_adding_twice_adds_once(client, staff_list):
    for _ in range(2):
        post(client, "exclude-guests", staff_list, {"pasted": "ana@example.com"})

    assert ExcludedGuest.objects.count() == 1


def test_nothing_given_is_told_beside_the_field(client, staff_list):
    page = text_of(post(client, "exclude-guests", staff_list, {"pasted": " "}))

    assert "Please paste some lines, or choose a file." in page


def test_what_is_no_table_is_refused_in_words(client, staff_list):
    file = SimpleUploadedFile("staff.pdf", b"%PDF-1.7\x00\x01\x02" * 50)

    page = text_of(post(client, "exclude-guests", staff_list, {"file": file}))

    assert "This is not a table" in page


def test_more_lines_than_can_wait_are_refused_and_none_is_added(client, staff_list, monkeypatch):
    monkeypatch.setattr(exclusion_lists, "MOST_LINES", 2)

    page = text_of(post(client, "exclude-guests", staff_list, {"pasted": "a@b.example\nc@d.example\ne@f.example"}))

    assert "Nothing was added yet" in page
    assert not ExcludedGuest.objects.exists()


def test_a_guest_is_looked_for_and_taken_off(client, staff_list):
    post(client, "exclude-guests", staff_list, {"pasted": "ana@example.com"})
    looked = text_of(post(client, "take-off-list", staff_list, {"who": "Ana@Example.com", "look": "1"}))
    assert "This guest is on the list" in looked

    post(client, "take-off-list", staff_list, {"who": "Ana@Example.com"})

    staff_list.refresh_from_db()
    assert staff_list.guests == 0
    assert "This guest is not on the list" in text_of(
        post(client, "take-off-list", staff_list, {"who": "ana@example.com"})
    )


def test_a_removed_list_keeps_no_guest_out_and_its_name_is_free(client, member, staff_list):
    post(client, "exclude-guests", staff_list, {"pasted": "ana@example.com"})

    post(client, "remove-exclusion-list", staff_list)

    assert not ExcludedGuest.objects.exists()
    exclusion_lists.create(merchant=member.merchant, name="Staff", by=member.user, at=NOON)


def test_no_identifier_is_kept_or_written_down(client, staff_list):
    post(client, "exclude-guests", staff_list, {"pasted": "ana@example.com"})

    kept = ExcludedGuest.objects.get()
    entry = AuditEntry.objects.get(action="guests excluded")
    assert b"ana" not in bytes(kept.fingerprint)
    assert "ana" not in str(entry.facts)
    assert entry.facts["added"] == 1


@pytest.mark.parametrize("name", ["exclude-guests", "take-off-list", "remove-exclusion-list"])
def test_viewers_change_nothing(client, staff_list, name):
    client.force_login(MembershipFactory(role=Role.VIEWER, merchant=staff_list.merchant).user)

    assert post(client, name, staff_list, {"pasted": "a@b.example", "who": "a@b.example"}).status_code == 403


def test_another_merchants_list_does_not_exist(client, member):
    other = exclusion_lists.create(merchant=MerchantFactory(), name="Staff", by=None, at=NOON)

    answer = client.get(reverse("issuance:exclusion-list", args=[member.merchant.handle, other.pk]))

    assert answer.status_code == 404


def test_the_page_takes_as_many_queries_for_many_lists(client, member, django_assert_num_queries):
    where = reverse("issuance:exclusions", args=[member.merchant.handle])
    client.get(where)
    for number in range(20):
        exclusion_lists.create(merchant=member.merchant, name=f"List {number}", by=None, at=NOON)

    with django_assert_num_queries(8):
        client.get(where)


def test_a_list_says_that_it_changed_when_its_guests_were_stored_and_not_when_their_file_arrived(
    staff_list, time_machine
):
    time_machine.move_to(NOON, tick=False)

    def slow_rows():
        yield 1, ["ana@example.com"]
        time_machine.shift(timedelta(minutes=3))

    exclusion_lists.add_guests(exclusion_list=staff_list, rows=slow_rows(), by=None, at=NOON)

    assert staff_list.changed_at >= NOON + timedelta(minutes=3) or connection.vendor == "postgresql"
