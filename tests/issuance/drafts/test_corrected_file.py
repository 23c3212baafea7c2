"""The file of left-out lines, corrected in a spreadsheet and sent back."""

import csv
import io

import openpyxl
import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role
from issuance.audience import intake_step
from issuance.models import CorrectedLine, Issuance
from issuance.states import IssuanceState
from tests.support.audiences import arms
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db

DAMAGED = (
    b"name,email,phone\r\n"
    b"Ana,ana@@example.com,\r\n"
    b"Bo,bo,\r\n"
    b"Cy,,447911123456\r\n"
    b"Dee,not an address,\r\n"
    b"Eve,eve@example.com,\r\n"
    b"Eve,EVE@example.com,\r\n"
)
LINE, SUGGESTED = 3, 8


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def draft(desk):
    return desk.ready(DAMAGED)


def downloaded(desk, draft) -> list[list[str]]:
    data = desk.get("left-out-csv", draft).getvalue()
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def as_csv(rows, *, delimiter=",", encoding="utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def sent_back(desk, draft, data, *, page="corrected-file", name="corrected.csv") -> str:
    answer = desk.post(page, draft, {"file": SimpleUploadedFile(name, data)})
    intake_step.read_one_upload()
    draft.refresh_from_db()
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def values(draft) -> set[str]:
    return set(arms(draft))


def filled_in(rows):
    """Correct Bo in the original column and Dee in the suggestion, and leave the rest as it is."""
    rows[2][1] = "bo@example.com"
    rows[4][SUGGESTED] = "dee@example.com"
    return rows


@pytest.mark.parametrize("page", ["corrected-file", "people"])
def test_the_file_that_comes_back_corrects_this_draft(desk, draft, page):
    said = sent_back(desk, draft, as_csv(filled_in(downloaded(desk, draft))), page=page)

    assert said == "2 of 5 corrected, 3 as before."
    assert values(draft) == {"bo@example.com", "dee@example.com", "eve@example.com"}
    assert draft.upload.file_name == "people.csv"


def test_the_file_as_it_was_handed_out_changes_nothing(desk, draft):
    said = sent_back(desk, draft, as_csv(downloaded(desk, draft)))

    assert said == "0 of 5 corrected, 5 as before."
    assert not CorrectedLine.objects.exists()


def test_it_may_be_sorted_shortened_and_saved_as_a_spreadsheet_does(desk, draft):
    header, *rows = filled_in(downloaded(desk, draft))
    shorter = [header, *reversed(rows[1:])]

    assert sent_back(desk, draft, as_csv(shorter, delimiter=";", encoding="utf-16")) == "2 of 4 corrected, 2 as before."


def test_it_may_come_back_as_a_workbook(desk, draft):
    said = sent_back(desk, draft, as_xlsx(filled_in(downloaded(desk, draft))), name="corrected.xlsx")

    assert said == "2 of 5 corrected, 3 as before."


def test_a_value_that_is_still_wrong_is_told_and_stays_to_be_fixed(desk, draft):
    rows = downloaded(desk, draft)
    rows[2][SUGGESTED] = "bo@"
    rows[4][1] = "dee at home"

    assert sent_back(desk, draft, as_csv(rows)) == (
        "0 of 5 corrected, 5 as before. 2 of them hold a value that cannot be sent."
    )


def test_a_repeated_guest_may_be_another_one_now(desk, draft):
    rows = downloaded(desk, draft)
    rows[5][1] = "evan@example.com"

    assert sent_back(desk, draft, as_csv(rows)) == "1 of 5 corrected, 4 as before."
    assert "evan@example.com" in values(draft)


def test_every_line_says_what_was_probably_meant(desk, draft):
    header, *rows = downloaded(desk, draft)

    assert header[SUGGESTED] == "suggested_value"
    assert [row[SUGGESTED] for row in rows] == ["ana@example.com", "", "'+447911123456", "", ""]
    assert {row[LINE + 1] for row in rows} == {"to fix", "left out"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"email\r\nana@example.com\r\n", "its last columns are missing"),
        (b"email,line,suggested_value,issuance\r\n,2,ana@example.com,4711\r\n", "another draft, #4711"),
        (b"%PDF-1.4", "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_another_file_is_refused_in_words_and_changes_nothing(desk, draft, data, words):
    assert words in sent_back(desk, draft, data)
    assert draft.state == IssuanceState.READY
    assert not CorrectedLine.objects.exists()


def test_the_lines_of_another_draft_are_other_people_where_people_are_added(desk, draft):
    other = desk.ready(DAMAGED.replace(b"eve@", b"zoe@"))

    sent_back(desk, draft, as_csv(downloaded(desk, other)), page="people", name="other.csv")

    assert Issuance.objects.get(pk=draft.pk).upload.file_name == "other.csv"


def test_a_viewer_cannot_send_one_back(client):
    desk = Desk(client, role=Role.VIEWER)
    draft = desk.ready(DAMAGED)

    answer = desk.post("corrected-file", draft, {"file": SimpleUploadedFile("a.csv", b"x")})

    assert answer.status_code == 403
