"""Matching columns: the guess, the user's choice, and what is remembered of it."""

import re

import pytest

from issuance.audience import intake_step
from issuance.models import Issuance, RememberedColumns
from issuance.states import IssuanceState
from tests.support.audiences import arms
from tests.support.desk import Desk
from tests.support.factories import MerchantFactory
from tests.support.spreadsheets import xlsx

pytestmark = pytest.mark.django_db

TITLED = b"Guests of May,\r\n,\r\nname,e-mail\r\nAna,ana@example.com\r\nBo,bo@example.com\r\n"
TWO = b"email,work email\r\nana@example.com,ana@work.example\r\nbo@example.com,bo@work.example\r\n"
BOOK = xlsx(
    May=[["email"], ["may@example.com"]],
    June=[["Guests of June"], ["name", "mail"], ["Jo", "june@example.com"]],
    Notes=[["nothing here"]],
)


@pytest.fixture
def desk(client):
    return Desk(client)


def shown(page):
    return page.context["page"]


def said(**fields):
    return {"header_row": 1, "email": 0, "phone": "none", "prefers": "email", **fields}


def test_the_first_rows_stand_under_their_numbers_and_the_title_is_named_as_not_read(desk):
    page = desk.get("columns", desk.uploaded(TITLED))

    assert [row.number for row in shown(page).table.rows] == [4, 5]
    assert "The first 2 rows below the names of the columns in row 3." in page.text
    assert "What stands above it, in row 1, is not read." in page.text
    assert "100 % look like email addresses" in page.text


def test_another_row_can_be_the_header_and_is_looked_at_before_anything_is_read(desk):
    ready = desk.ready(TITLED)

    answer = desk.post("columns", ready, said(header_row=1, email=1))
    page = desk.client.get(answer.url)

    ready.refresh_from_db()
    assert answer.url == f"{desk.at('columns', ready.pk)}?header_row=1"
    assert [row.number for row in shown(page).table.rows] == [3, 4, 5]
    assert ready.state == IssuanceState.READY


def test_what_was_looked_at_is_what_is_read(desk):
    ready = desk.ready(TITLED)

    desk.post("columns", ready, said(header_row=0, email=1), query="?header_row=0")
    assert intake_step.read_one_upload()

    ready.refresh_from_db()
    assert (ready.upload.header_row, ready.lines, ready.left_out_total) == (0, 5, 3)


def test_looking_again_changes_nothing(desk):
    ready = desk.ready(TWO)

    answer = desk.post("columns", ready, said(email=1, look="again"))

    ready.refresh_from_db()
    assert answer.url.startswith(desk.at("columns", ready.pk))
    assert (ready.state, ready.upload.mapping) == (IssuanceState.READY, {"email": 0})


def test_a_workbook_offers_the_sheets_that_hold_something(desk):
    page = desk.get("columns", desk.uploaded(BOOK))

    assert shown(page).table.sheets == [(0, "May"), (1, "June"), (2, "Notes")]
    assert "may@example.com" in page.text
    assert "Sheet “May”, 1 column" in page.text


def test_another_sheet_is_looked_at_with_a_header_and_columns_of_its_own_and_then_read(desk):
    draft = desk.uploaded(BOOK)

    answer = desk.post("columns", draft, said(sheet=1))
    page = desk.client.get(answer.url)
    query = answer.url.partition("?")[2]
    desk.post("columns", draft, said(sheet=1, header_row=2, email=1), query=f"?{query}")
    assert intake_step.read_one_upload()

    assert page.context["form"].initial == {
        "sheet": 1,
        "header_row": 2,
        "email": 1,
        "phone": "none",
        "prefers": "email",
        "encoding": "",
        "hidden_rows": "out",
    }
    assert set(arms(Issuance.objects.get(pk=draft.pk))) == {"june@example.com"}


@pytest.mark.parametrize("query", ["?sheet=99", "?header_row=99999", "?sheet=-1&header_row=x", "?sheet=" + "9" * 40])
def test_an_address_that_asks_for_what_is_not_there_shows_what_is(desk, query):
    page = desk.get("columns", desk.uploaded(BOOK), query=query)

    assert page.status_code == 200
    assert page.context["form"].initial["sheet"] == 0


# --- As the last time --------------------------------------------------------------------------------------------


def test_a_file_of_the_same_shape_is_matched_as_last_time_and_the_page_says_so(desk):
    desk.post("columns", desk.ready(TWO), said(email=1))
    assert intake_step.read_one_upload()

    again = desk.uploaded(TWO.replace(b"ana", b"cy"))
    before = desk.get("columns", again)
    assert intake_step.read_one_upload()
    after = desk.get("columns", again)

    again.refresh_from_db()
    assert [page.context["form"].initial["email"] for page in (before, after)] == [1, 1]
    assert all("Matched as last time" in page.text for page in (before, after))
    assert set(arms(again)) == {"cy@work.example", "bo@work.example"}


def test_a_sheet_and_a_row_are_remembered_with_the_columns(desk):
    draft = desk.uploaded(BOOK)
    desk.post("columns", draft, said(sheet=1, header_row=2, email=1), query="?sheet=1")
    assert intake_step.read_one_upload()

    again = desk.ready(BOOK)

    assert (again.upload.sheet, again.upload.header_row, again.upload.mapping) == (1, 2, {"email": 1})


def test_columns_without_names_are_known_by_what_they_hold(desk):
    desk.post("columns", desk.ready(TWO.partition(b"\n")[2]), said(header_row=0, email=1))
    assert intake_step.read_one_upload()

    again = desk.ready(b"x@example.com,x@work.example\ny@example.com,y@work.example\n")

    assert again.upload.mapping == {"email": 1}
    assert again.state == IssuanceState.READY


def test_nothing_is_remembered_across_merchants_or_of_another_shape(desk):
    desk.post("columns", desk.ready(TWO), said(email=1))
    assert intake_step.read_one_upload()
    other_shape = desk.ready(TWO.replace(b"work email", b"second email"))
    RememberedColumns.objects.update(merchant=MerchantFactory())
    other_merchant = desk.ready(TWO)

    assert [draft.upload.mapping for draft in (other_shape, other_merchant)] == [{"email": 0}, {"email": 0}]
    assert not other_shape.upload.as_last_time


def test_nothing_of_a_guest_is_remembered(desk):
    desk.post("columns", desk.ready(TWO), said(email=1))

    kept = RememberedColumns.objects.values().get()
    assert not re.search("ana|example", str(kept))


def test_no_page_opens_the_spreadsheet_again(desk, settings):
    draft = desk.uploaded(BOOK)
    settings.SPREADSHEET_SECONDS = 0  # opening one now fails

    assert "may@example.com" in desk.get("columns", draft).text


def test_a_discarded_draft_keeps_nothing_of_its_spreadsheet(desk):
    draft = desk.uploaded(BOOK)

    desk.post("discard", draft)

    assert bytes(Issuance.objects.get(pk=draft.pk).upload.sealed_sheets) == b""
