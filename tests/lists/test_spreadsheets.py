"""Spreadsheets as they come: rows have the numbers that they show, phone numbers are whole, and none does harm."""

import csv
import io

import pytest
from openpyxl import Workbook

from issuance.files import left_out_file
from lists.spreadsheet_process import OLE
from tests.support.audiences import arms, left_out, take_in
from tests.support.factories import create_live_campaign
from tests.support.spreadsheets import ods, rewritten, saved, with_entries, xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return create_live_campaign(shares=(100,), control=0)


GUESTS = [
    ["name", "email", "phone"],
    ["Ana", "ana@example.com", None],
    [None, None, None],
    ["Bo", None, 12125550123],
    ["Cy", "nobody", None],
]


@pytest.mark.parametrize("written", [xlsx, ods])
def test_lines_bear_the_numbers_that_the_spreadsheet_shows(campaign, written):
    issuance = take_in(campaign, written(GUESTS))

    assert (issuance.lines, issuance.upload.columns) == (4, ["name", "email", "phone"])
    assert set(arms(issuance)) == {"ana@example.com", "+12125550123"}
    assert left_out(issuance) == {3: ("empty", None), 5: ("email_invalid", None)}


@pytest.mark.parametrize("written", [xlsx, ods])
def test_the_sheet_with_identifiers_is_read_and_a_title_above_the_header_is_no_line(campaign, written):
    book = written(
        Notes=[["Please read me"], ["Sent by boss@example.com"]],
        May=[[], ["Guests of May", None], [None, None], ["Guest", "E-Mail"], ["Ana", "ana@example.com"], ["Bo", "x@"]],
    )

    issuance = take_in(campaign, book)

    assert (issuance.upload.sheet, issuance.upload.header_row, issuance.lines) == (1, 4, 2)
    assert left_out(issuance) == {6: ("email_invalid", None)}


@pytest.mark.parametrize("written", [xlsx, ods])
def test_a_phone_that_became_a_number_keeps_every_digit(campaign, written):
    issuance = take_in(campaign, written([["phone"], [12125550123.0]]))

    assert set(arms(issuance)) == {"+12125550123"}


def test_a_phone_that_was_shortened_to_text_is_a_problem_of_its_own(campaign):
    issuance = take_in(campaign, xlsx([["phone"], ["4.1E+10"], ["+12125550123"]]))

    assert left_out(issuance) == {2: ("phone_damaged", None)}


def test_a_hidden_sheet_is_not_what_people_mean(campaign):
    book = Workbook()
    book.active.append(["old@example.com"])
    book.active.sheet_state = "hidden"
    book.create_sheet("Now").append(["new@example.com"])

    assert set(arms(take_in(campaign, saved(book)))) == {"new@example.com"}


def test_a_formula_counts_as_the_value_that_was_stored_with_it(campaign):
    book = xlsx([["email"], ["=LOWER(A9)"], ["bo@example.com"]])
    value = b"<f>LOWER(A9)</f><v>ana@example.com</v>"
    book = rewritten(book, "xl/worksheets/sheet1.xml", lambda xml: _stored_formula(xml, value))

    assert set(arms(take_in(campaign, book))) == {"ana@example.com", "bo@example.com"}


def test_macros_are_left_alone_and_the_values_read(campaign):
    book = with_entries(xlsx([["email"], ["ana@example.com"]]), xl__vbaProject=b"Sub Auto_Open()")

    assert set(arms(take_in(campaign, book))) == {"ana@example.com"}


# --- What is not opened ------------------------------------------------------------------------------------------


def _far_apart() -> bytes:
    """A few kilobytes that ask for half a terabyte: the library allocates every cell between the two."""
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = "ana@example.com", "z"
    return saved(book)


def _repeated() -> bytes:
    """A row of OpenDocument that claims to repeat a million times, each sixteen thousand cells wide."""
    many = b'<table:table-row table:number-rows-repeated="1048576">'
    many += b'<table:table-cell table:number-columns-repeated="16384" '
    book = ods([["ana@example.com"]])
    return rewritten(book, "content.xml", lambda xml: xml.replace(b"<table:table-row><table:table-cell ", many))


def _lying() -> bytes:
    """An archive whose directory claims that an entry is a few bytes long."""
    book = bytearray(with_entries(xlsx([["ana@example.com"]]), xl__filler=b"\0" * 3_000_000))
    central = book.rindex(b"PK\x01\x02")
    book[central + 24 : central + 28] = (5).to_bytes(4, "little")
    return bytes(book)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (_far_apart(), "spreadsheet_too_large"),
        (_repeated(), "spreadsheet_damaged"),
        (_lying(), "spreadsheet_too_large"),
        (with_entries(xlsx([["a@x.com"]]), xl__filler=b"\0" * 3_000_000), "spreadsheet_too_large"),
        (with_entries(xlsx([["a@x.com"]]), **{f"e{n}": b"" for n in range(2_001)}), "spreadsheet_too_large"),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "locked_spreadsheet"),
        (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), "legacy_spreadsheet"),
        (xlsx([["a@x.com"]])[:-40], "spreadsheet_damaged"),
        (xlsx([]), "empty_file"),
        (with_entries(b"PK\x05\x06" + b"\0" * 18, word__document=b"x"), "not_a_table"),
    ],
    ids=["far-apart", "repeated", "lying", "bomb", "entries", "password", "xls", "cut-off", "empty", "document"],
)
def test_what_cannot_be_opened_without_harm_is_named(campaign, settings, data, problem):
    settings.SPREADSHEET_UNPACKED_BYTES = 1_000_000

    issuance = take_in(campaign, data)

    assert (issuance.state, issuance.problem) == ("unreadable", problem)
    assert not issuance.batches.exists()


def test_a_workbook_that_takes_too_long_is_given_up(campaign, settings):
    settings.SPREADSHEET_SECONDS = 0
    row = b'<row><c t="inlineStr"><is><t>ana@example.com</t></is></c></row>'
    long = rewritten(
        xlsx(GUESTS),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", row * 100_000 + b"</sheetData>"),
    )

    assert take_in(campaign, long).problem == "spreadsheet_too_large"


# --- What comes back ---------------------------------------------------------------------------------------------


def test_the_file_of_what_is_left_out_has_the_columns_of_the_spreadsheet(campaign):
    rows = [["Guests of May"], ["name", "email", "born"], ["Ana", "ana@example.com", 1990], ["Cy", "nobody", 1991]]

    issuance = take_in(campaign, xlsx(rows))

    text = b"".join(left_out_file.left_out_csv(issuance)).decode("utf-8-sig")
    header, line = csv.reader(io.StringIO(text))
    assert header[:4] == ["name", "email", "born", "line"]
    assert line[:5] == ["Cy", "nobody", "1991", "4", "to fix"]


def _stored_formula(xml: bytes, value: bytes) -> bytes:
    begin = xml.index(b'<c r="A2"')
    end = xml.index(b"</c>", begin)
    return xml[:begin] + b'<c r="A2" t="str">' + value + xml[end:]
