"""What a user is asked about a list: hidden rows, equal columns, encodings. The command line tells of them."""

import pytest
from openpyxl import Workbook

from issuance.audience import intake_step
from issuance.models import Issuance
from issuance.states import IssuanceState
from tests.support.audiences import arms
from tests.support.front_doors import left_out, rehearsed, uploaded
from tests.support.spreadsheets import saved, xlsx

pytestmark = pytest.mark.django_db

EQUAL = b"Work email,Home email\nana@work.example,ana@home.example\nbo@work.example,bo@home.example\n"


def filtered(*, column=None):
    book = Workbook()
    for row in (["Name", "Email"], ["Ana", "ana@example.com"], ["Bo", "bo@example.com"], ["Cy", "cy@example.com"]):
        book.active.append(row)
    book.active.auto_filter.ref = "A1:B4"
    if column:
        book.active.column_dimensions[column].hidden = True
    else:
        book.active.row_dimensions[3].hidden = True
    return saved(book)


def read_again(issuance):
    assert intake_step.read_one_upload()
    return Issuance.objects.get(pk=issuance.pk)


def test_rows_behind_a_filter_are_left_out_and_asked_about_on_the_page(desk):
    issuance = uploaded(desk, "filtered.xlsx", filtered())
    assert left_out(issuance) == {3: ("hidden_row", "")}
    page = desk.get("columns", issuance)
    assert "1 row is hidden by a filter." in page.text

    said = {"header_row": 1, "email": 1, "phone": "none", "prefers": "email", "hidden_rows": "in"}
    desk.post("columns", issuance, said)

    assert sorted(arms(read_again(issuance))) == ["ana@example.com", "bo@example.com", "cy@example.com"]


def test_the_command_line_tells_of_hidden_rows_and_reads_them_if_it_is_told_to(desk, reader, tmp_path):
    path = tmp_path / "filtered.xlsx"
    path.write_bytes(filtered())

    told, said = rehearsed(desk, path)
    both, _ = rehearsed(desk, path, "--hidden-rows", "in")

    assert told["left_out"] == {"hidden_row": 1}
    assert "The spreadsheet does not show 1 row of the list: left out; --hidden-rows in reads them." in said
    assert (both["not_sent"], both["left_out"]) == (3, {})


def test_a_hidden_column_is_not_used_unasked(desk):
    issuance = uploaded(desk, "hidden.xlsx", filtered(column="B"))

    assert (issuance.state, issuance.problem) == (IssuanceState.UNREADABLE, "no_identifiers")
    assert "hidden in the spreadsheet" in desk.get("columns", issuance).text


def test_equal_columns_are_a_question_that_the_page_answers(desk):
    issuance = uploaded(desk, "equal.csv", EQUAL)
    assert (issuance.state, issuance.problem) == (IssuanceState.UNREADABLE, "several_columns")
    page = desk.get("columns", issuance)
    assert "“Work email” and “Home email” may equally well hold the email addresses" in page.text
    assert "ana@home.example" in page.text
    said = {"header_row": 1, "phone": "none", "prefers": "email"}

    unanswered = desk.post("columns", issuance, {**said, "email": ""})
    desk.post("columns", issuance, {**said, "email": 1})

    assert "Please say which one is the guests" in unanswered.text
    assert sorted(arms(read_again(issuance))) == ["ana@home.example", "bo@home.example"]


def test_equal_columns_end_the_command_with_one_and_an_option_answers(desk, reader, tmp_path):
    path = tmp_path / "equal.csv"
    path.write_bytes(EQUAL)

    told, said = rehearsed(desk, path, code=1)
    answered, _ = rehearsed(desk, path, "--column", "Home email=email")

    assert told["not_sent"] == 0
    assert "email: 'Work email', 'Home email'; say which with --column NAME=email." in said
    assert answered["not_sent"] == 2


def test_the_encoding_is_confirmed_beside_the_columns(desk):
    data = "姓名,Email\n王伟,wang@example.com\n张敏,no\n".encode("gb18030")
    issuance = uploaded(desk, "names.csv", data)
    assert issuance.upload.encoding == "gb18030"
    page = desk.get("columns", issuance)
    assert "Chinese, simplified (GB18030)" in page.text

    other = next(value for value, _ in page.context["form"].fields["encoding"].choices if value != "gb18030")
    said = {"header_row": 1, "email": 1, "phone": "none", "prefers": "email", "encoding": other}
    looked = desk.post("columns", issuance, said)
    desk.post("columns", issuance, said, query="?" + looked.url.partition("?")[2])

    assert looked.url.endswith(f"encoding={other}")
    assert read_again(issuance).upload.encoding == other


def test_a_workbook_with_backslashes_in_its_archive_opens(desk):
    data = xlsx([["email"], ["ana@example.com"]]).replace(b"xl/worksheets/sheet1.xml", b"xl\\worksheets\\sheet1.xml")

    assert sorted(arms(uploaded(desk, "dotnet.xlsx", data))) == ["ana@example.com"]
