"""Lists of subscribers: any table that issuing takes, each line accounted for, also when a worker dies."""

import csv
import io
from datetime import date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from guests.models import Remark, Subscriber, SubscriberFile, Subscription
from guests.subscribers.reading_step import read_one_list
from guests.subscribers.rows import birthday_in, columns_named, zip_in
from guests.subscribers.subscribing import person_of
from lists.spreadsheet_process import OLE
from partner_api.answers.guests import BirthDate
from tests.support.deaths import lives, survives
from tests.support.guests.subscriber_desk import CONSENT, add, agree, at_the_sandbox, confirm, from_file, new, run_all
from tests.support.spreadsheets import ods, xlsx

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = [
    ["Our guests", None, None, None],
    ["First name", "E-Mail", "Date of birth", "ZIP"],
    ["Ana", "ana@example.com", date(1990, 5, 12), 2134],
    ["Bo", "bo@example.com", datetime(1985, 12, 1, 8, 30), 60611],  # noqa: DTZ001 - spreadsheets know no zones
    [None, "nobody", None, None],
]
NASTY = "Email,Birthday\nana@example.com,soon\nbo(at)example.com,\nANA@example.com,05-12\n,05-12\n\ncy@example,com,\n"


def people():
    return {person_of(one).email: person_of(one) for one in Subscriber.objects.all()}


def stored(uploads):
    return [one for one in uploads.rglob("*") if one.is_file()]


@pytest.mark.parametrize("written", [xlsx, ods])
def test_a_spreadsheet_is_read_with_its_dates_and_the_zeros_that_it_dropped(sandbox, client, at_thanx, written):
    confirm(client, from_file(client, at_thanx, written(PEOPLE), "people.xlsx"))
    run_all()

    assert at_the_sandbox(sandbox) == {
        "ana@example.com": {"first_name": "Ana", "birth_date": {"month": 5, "day": 12}, "zip_code": "02134"},
        "bo@example.com": {"first_name": "Bo", "birth_date": {"month": 12, "day": 1}, "zip_code": "60611"},
    }
    assert [(one.line, one.reason) for one in Remark.objects.all()] == [(5, "email_invalid")]


@pytest.mark.parametrize(
    "data",
    [
        "Vorname;Email\nZoë;zoe@example.com\n".encode("cp1252"),
        "Vorname\tEmail\nZoë\tzoe@example.com\n".encode("utf-16"),
        "\ufeffVorname|Email\r\nZoë|zoe@example.com\r\n".encode(),
    ],
)
def test_a_text_file_in_any_encoding_with_any_delimiter_is_read(client, at_thanx, data):
    from_file(client, at_thanx, data)

    assert [(one.email, one.first_name) for one in people().values()] == [("zoe@example.com", "Zoë")]


def test_pasted_lines_are_a_list_like_any_other(client, at_thanx):
    answer = agree(client, new(client, at_thanx, pasted="ana@example.com\tAna\nbo@example.com\tBo\n"))
    run_all()

    assert "2 people to subscribe. Nothing has been sent yet." in client.get(answer["Location"]).content.decode()


def test_columns_without_names_are_chosen_by_hand(client, at_thanx):
    answer = add(client, at_thanx, "Lima,ana@example.com,60611\nDiaz,bo@example.com,60612\n")
    shown = client.get(answer["Location"]).content.decode()
    agree(client, answer, last_name="0", zip_code="2")
    run_all()

    assert "We found email addresses in “Column 2”." in shown
    assert {(one.last_name, one.zip_code) for one in people().values()} == {("Lima", "60611"), ("Diaz", "60612")}


def test_another_sheet_is_looked_at_before_it_is_read(client, at_thanx):
    book = xlsx(Old=[["Email"], ["old@example.com"]], New=[["Email"], ["new@example.com"]])
    answer = add(client, at_thanx, book, "people.xlsx")
    look = agree(client, answer, sheet="1")

    agree(client, look)
    run_all()

    assert look["Location"].endswith("columns/?sheet=1")
    assert set(people()) == {"new@example.com"}


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        ({"email": "none"}, "Please say which column holds the email addresses."),
        ({"zip_code": "0"}, "Another field uses this column already."),
    ],
)
def test_columns_that_cannot_be_are_refused_beside_the_field(client, at_thanx, otherwise, said):
    page = agree(client, add(client, at_thanx, "Email,Zip\nana@example.com,60611\n"), **otherwise)

    assert said in page.content.decode()
    assert not read_one_list(clock=timezone.now)


def test_what_is_wrong_is_said_line_by_line_on_the_page_and_in_a_file(client, at_thanx):
    answer = from_file(client, at_thanx, NASTY)

    page = client.get(answer["Location"]).content.decode()
    told = b"".join(client.get(f"{answer['Location']}not-subscribed.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert "bo(at)example.com" in page
    assert "The same person as another line: line 2" in page
    assert [(row["line"], row["status"], row["reason_code"], row["value"]) for row in rows] == [
        ("2", "left away", "birthday_unreadable", "soon"),
        ("3", "left out", "email_at_lost", "bo(at)example.com"),
        ("4", "left out", "duplicate", "ana@example.com"),
        ("5", "left out", "no_email", ""),
        ("6", "left out", "empty", ""),
        ("7", "left out", "email_invalid", "cy@example"),
    ]
    assert Subscription.objects.get().people + 5 == 6


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7 something", "This is not a table."),
        (OLE + bytes(512), "This spreadsheet is of an old kind"),
        (b"Email\n", "The list has no lines."),
        (b"", "This file is empty."),
    ],
)
def test_a_file_that_is_no_list_is_refused_beside_the_field_and_nothing_is_lost(client, at_thanx, uploads, data, said):
    page = add(client, at_thanx, data, "people.pdf").content.decode()

    assert said in page
    assert all(typed in page for typed in CONSENT.values())
    assert not Subscription.objects.exists()
    assert stored(uploads) == []


def test_more_lines_than_a_list_may_have_are_refused_with_what_to_do(client, at_thanx, settings):
    assert settings.MOST_SUBSCRIBERS_PER_LIST == 100_000
    settings.MOST_SUBSCRIBERS_PER_LIST = 2_000
    answer = from_file(client, at_thanx, "Email\n" + "x\n" * 2_001)

    page = client.get(answer["Location"]).content.decode()
    assert "The list has more than 2,000 lines" in page
    assert not Remark.objects.exists()
    assert confirm(client, answer).status_code == 302
    assert Subscription.objects.get().confirmed_at is None


def test_nothing_can_be_confirmed_before_it_was_read(client, at_thanx):
    answer = agree(client, add(client, at_thanx, NASTY))

    confirm(client, answer)

    assert "The list is being read: 0 lines so far." in client.get(answer["Location"]).content.decode()
    assert Subscription.objects.get().confirmed_at is None


def test_columns_that_are_corrected_later_read_the_list_anew(client, at_thanx):
    from_file(client, at_thanx, "Email,Work email\nana@example.com,ana@example.org\n")
    columns = reverse("guests:subscription-columns", args=[at_thanx.merchant.handle, Subscription.objects.get().pk])

    agree(client, {"Location": columns}, email="1")
    run_all()

    assert set(people()) == {"ana@example.org"}


def test_a_worker_that_dies_while_reading_loses_nothing_and_doubles_nothing(client, at_thanx, forward):
    agree(client, add(client, at_thanx, NASTY))

    for spared in lives():
        if survives(lambda: read_one_list(clock=timezone.now), spared=spared):
            break
        forward(minutes=2)

    kept = Subscription.objects.get()
    assert (kept.people, kept.left_out) == (
        1,
        {"email_at_lost": 1, "duplicate": 1, "no_email": 1, "empty": 1, "email_invalid": 1},
    )
    assert Subscriber.objects.count() == 1
    assert Remark.objects.count() == 6


def test_the_file_is_kept_sealed_until_the_list_is_confirmed(client, at_thanx, uploads):
    answer = from_file(client, at_thanx, NASTY)
    before = [one.read_bytes() for one in stored(uploads)]

    confirm(client, answer)

    assert len(before) == 1
    assert b"ana@" not in before[0]
    assert stored(uploads) == []
    assert not SubscriberFile.objects.exists()


def test_a_list_is_discarded_with_all_that_belongs_to_it_but_never_once_confirmed(client, at_thanx, uploads):
    confirmed = from_file(client, at_thanx, "Email\nana@example.com\n")
    confirm(client, confirmed)
    draft = from_file(client, at_thanx, NASTY)

    asked = client.get(f"{draft['Location']}discard/").content.decode()
    client.post(f"{draft['Location']}discard/")
    client.post(f"{confirmed['Location']}discard/")

    assert "Nothing of it has been sent" in asked
    assert client.get(draft["Location"]).status_code == 404
    assert client.get(confirmed["Location"]).status_code == 200
    assert stored(uploads) == []
    assert AuditEntry.objects.filter(action="list of subscribers discarded").count() == 1


def test_another_file_begins_with_the_same_consent(client, at_thanx):
    from_file(client, at_thanx, NASTY)
    where = reverse("guests:subscribe", args=[at_thanx.merchant.handle])

    page = client.get(f"{where}?like={Subscription.objects.get().pk}").content.decode()

    assert all(typed in page for typed in CONSENT.values())


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [
        ("1990-05-12", "US", BirthDate(None, 5, 12)),
        ("1990-05-12T00:00:00", "US", BirthDate(None, 5, 12)),
        ("1990/05/12", "DE", BirthDate(None, 5, 12)),
        ("05-12", "US", BirthDate(None, 5, 12)),
        ("5/12/90", "US", BirthDate(None, 5, 12)),
        ("05-12-1990", "US", BirthDate(None, 5, 12)),
        ("12.5.1990", "DE", BirthDate(None, 5, 12)),
        ("02-29", "US", BirthDate(None, 2, 29)),
        ("02-30", "US", None),
        ("May", "US", None),
        ("", "US", None),
    ],
)
def test_birthdays_are_read_in_the_usual_spellings(text, country, found):
    assert birthday_in(text, country=country) == found


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [("2134", "US", "02134"), ("60611-1234", "US", "60611-1234"), ("1010", "AT", "1010"), ("", "US", "")],
)
def test_zip_codes_get_the_zeros_back_that_spreadsheets_drop(text, country, found):
    assert zip_in(text, country=country) == found


def test_columns_are_known_by_their_usual_names():
    names = ["Prénom", "Last name", "E-Mail", "D.O.B.", "Postal code", "Notes"]

    assert columns_named(names) == {"first_name": 0, "last_name": 1, "birthday": 3, "zip_code": 4}
