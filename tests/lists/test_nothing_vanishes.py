"""Every address and number of a file is sent, left out with a reason, or counted in a column that is not used."""

import io
import re

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from openpyxl import Workbook

from issuance.models import Upload
from issuance.states import IssuanceState
from lists.columns.unused import UnusedColumns, signs_in_text
from lists.detection import Shape
from lists.tables import beginning_of, header_and_rows, text_in
from tests.lists.exports import EXPORTERS, Export
from tests.lists.test_exporters import EXPORTS, guest_lists
from tests.support.front_doors import rehearsed, uploaded
from tests.support.spreadsheets import saved

MANAGED = b"Manager Email,Email,Fax\nboss@example.com,ana@example.com,212-555-0199\nboss@example.com,bo@example.com,\n"


@pytest.mark.django_db
def test_what_stands_in_other_columns_is_counted_and_named_on_the_page_and_the_command_line(desk, reader, tmp_path):
    path = tmp_path / "managed.csv"
    path.write_bytes(MANAGED)

    page = desk.get("check", uploaded(desk, "managed.csv", MANAGED))
    told, said = rehearsed(desk, path)

    words = "This file holds 2 email addresses that are in none of the columns you chose: 2 in “Manager Email”"
    assert words in page.text
    assert words in said
    assert told["unused"] == [
        {"column": "Manager Email", "email": 2, "phone": 0},
        {"column": "Fax", "email": 0, "phone": 1},
    ]


@pytest.mark.django_db
def test_an_address_in_a_title_is_told(desk):
    data = b"Prepared by: office@taco.example,\n,\nName,Email\nAna,ana@example.com\n"

    page = desk.get("check", uploaded(desk, "titled.csv", data))

    assert "This file holds 1 email address that is in none of the columns you chose" in page.text
    assert "1 in the rows above the lines" in page.text


@pytest.mark.django_db
def test_of_a_list_beyond_the_limits_nothing_is_kept_and_the_reason_is_told(
    desk, settings, django_capture_on_commit_callbacks
):
    settings.LIST_MOST_LINES = 3

    with django_capture_on_commit_callbacks(execute=True):
        issuance = uploaded(desk, "long.csv", b"email\n" + b"".join(b"g%d@example.com\n" % n for n in range(9)))

    assert (issuance.state, issuance.problem) == (IssuanceState.UNREADABLE, "too_many_lines_in_file")
    assert "The list has more than 3 lines" in desk.get("check", issuance).text
    assert not issuance.batches.exists()
    assert not issuance.rejected_lines.exists()
    assert not default_storage.exists(Upload.objects.get().stored_as)


@given(EXPORTS, guest_lists())
def test_the_rows_hold_every_sign_of_the_text(export, guests):
    file = io.BufferedReader(io.BytesIO(data := export.written(guests)))
    shape = beginning_of(file).shape(country="US")
    assert isinstance(shape, Shape)
    unused = UnusedColumns(shape.mapping.values(), width=len(shape.columns))

    _, rows = header_and_rows(file, read_as=shape, above=unused.look_above)
    unused.look(list(rows))

    assert unused.signs == signs_in_text(text_in(io.BufferedReader(io.BytesIO(data)), read_as=shape))


@given(EXPORTS, guest_lists())
def test_what_is_counted_is_what_a_reader_of_the_raw_text_would_count(export, guests):
    file = io.BufferedReader(io.BytesIO(export.written(guests)))
    shape = beginning_of(file).shape(country="US")
    assert isinstance(shape, Shape)
    unused = UnusedColumns(shape.mapping.values(), width=len(shape.columns))
    _, rows = header_and_rows(file, read_as=shape, above=unused.look_above)
    rows = list(rows)

    unused.look(rows)

    used = sum(row[place].count("@") for _, row in rows for place in {*shape.mapping.values()} if place < len(row))
    raw = Export(export.exporter, title=export.title, tail=export.tail).written(guests).decode()
    assert used + sum(each.emails for each in unused.found()) == len(re.findall(r"[\w.+-]+@[\w.-]+", raw))


def test_the_model_knows_twenty_programs():
    assert len(EXPORTERS) >= 20


@pytest.mark.django_db
def test_what_stands_on_other_sheets_is_counted_and_named(desk, reader, tmp_path):
    path = tmp_path / "book.xlsx"
    book = Workbook()
    book.active.title = "May"
    book.create_sheet("Old")
    book.create_sheet("Secret").sheet_state = "hidden"
    cells = {
        "May": "Email ana@example.com",
        "Old": "old@example.com bo@example.com 2125550111",
        "Secret": "x@example.com",
    }
    for name, row in ((name, row) for name, rows in cells.items() for row in rows.split()):
        book[name].append([row])
    path.write_bytes(saved(book))

    page = desk.get("check", uploaded(desk, path.name, path.read_bytes()))
    told, said = rehearsed(desk, path)

    words = "Only one sheet is read. Not read: 2 email addresses and 1 phone number on “Old”"
    assert f"{words} and 1 email address on “Secret”" in page.text
    assert words in said
    assert told["unused"] == [{"sheet": "Old", "email": 2, "phone": 1}, {"sheet": "Secret", "email": 1, "phone": 0}]
