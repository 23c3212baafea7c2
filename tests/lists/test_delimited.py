"""Files as they come: every encoding, delimiter and line end; rows numbered as a spreadsheet numbers them."""

import csv
import io
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lists.delimited import rows_of, text_of
from lists.detection import inspect
from lists.file_problems import FileProblem, Unopenable


def rows(data: bytes, *, encoding: str = "utf-8", delimiter: str = ",") -> list[tuple[int, list[str]]]:
    return list(rows_of(text_of(io.BytesIO(data), encoding=encoding), delimiter=delimiter))


CELLS = st.text(st.characters(codec="windows-1252", exclude_characters="\x00"), max_size=12)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=8)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]


@given(TABLES, st.sampled_from(ENCODINGS), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_a_table_comes_back_as_it_was_written(table, encoding, delimiter, line_end):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(table)

    found = rows(written.getvalue().encode(encoding), encoding=encoding, delimiter=delimiter)

    assert found == list(enumerate(table, start=1))


@pytest.mark.parametrize(("encoding", "delimiter"), list(itertools.product(ENCODINGS, ",;\t|")))
def test_encoding_delimiter_and_columns_are_found(encoding, delimiter):
    lines = [["Año", "Correo electrónico", "Teléfono"], ["José", "jose@example.com", "(212) 555-0100"]]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)

    shape = inspect(text.encode(encoding), complete=True, country="US")

    assert (shape.encoding, shape.delimiter) == (encoding, delimiter)
    assert shape.columns == ("Año", "Correo electrónico", "Teléfono")
    assert shape.mapping == {"email": 1, "phone": 2}
    assert shape.samples == ((2, ["José", "jose@example.com", "(212) 555-0100"]),)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a\rb\r\nc\n", [(1, ["a"]), (2, ["b"]), (3, ["c"])]),
        ("a\n\nb\n", [(1, ["a"]), (2, []), (3, ["b"])]),
        ('"two\nlines",x\nnext,y\n', [(1, ["two\nlines", "x"]), (2, ["next", "y"])]),
        ('"stray,1\nnext,2\n', [(1, ['"stray', "1"]), (2, ["next", "2"])]),
        ('"a@x.com\nb@x.com\n"c@x.com\n', [(1, ['"a@x.com']), (2, ["b@x.com"]), (3, ['"c@x.com'])]),
        ('"Bob" Smith,4\nnext,5', [(1, ["Bob Smith", "4"]), (2, ["next", "5"])]),
        ("sep=,\na,b\n", [(1, ["a", "b"])]),
        ("a\x00,b\n", [(1, ["a\x00", "b"])]),
    ],
)
def test_a_row_bears_the_number_that_a_spreadsheet_shows(text, found):
    assert rows(text.encode()) == found


@example(text='a,,\n",,\n,,"\nb,,', delimiter=",", width=3)
@given(st.text('"",;\n\rab@. ', max_size=60), st.sampled_from(",;"), st.integers(0, 4))
def test_rows_are_numbered_one_by_one_and_hold_every_letter_once(text, delimiter, width):
    found = list(rows_of(io.StringIO(text, newline=""), delimiter=delimiter, width=width))

    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert [sign for _, cells in found for sign in "".join(cells) if sign in "ab@."] == [
        sign for sign in text if sign in "ab@."
    ]


def test_a_stray_quote_does_not_swallow_the_rest_of_a_long_file():
    data = b'"oops,1\n' + b"fine,2\n" * 5_000

    found = rows(data)

    assert found[0] == (1, ['"oops', "1"])
    assert found[-1] == (5_001, ["fine", "2"])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"x" * 2_000 + b"\nnext\n", FileProblem.CELL_TOO_LONG),
        (b"x" * 200 + b",1\n", FileProblem.CELL_TOO_LONG),
        (b"a,b,c,d,e,f,g,h,i\n", FileProblem.TOO_MANY_CELLS),
    ],
    ids=["a long line", "a long cell", "many cells"],
)
def test_what_is_longer_than_allowed_is_refused_and_not_cut(settings, data, problem):
    settings.LIST_LONGEST_CELL, settings.LIST_MOST_CELLS = 100, 8

    with pytest.raises(Unopenable) as refused:
        rows(data)

    assert refused.value.problem is problem


def test_single_bytes_of_another_encoding_do_not_spoil_the_rest():
    assert rows("José,".encode() + b"Pe\xf1a") == [(1, ["José", "Peña"])]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", FileProblem.EMPTY),
        (b"\xef\xbb\xbf \r\n\r\n", FileProblem.EMPTY),
        (b"Email,Phone\r\n", FileProblem.EMPTY),
        (b"PK\x03\x04" + bytes(range(256)), FileProblem.NOT_A_TABLE),
        (b"%PDF-1.7", FileProblem.NOT_A_TABLE),
        (b"\n <!DOCTYPE html><html>", FileProblem.WEB_PAGE),
        (b"\x1f\x8b\x08", FileProblem.ARCHIVE),
        (b'[{"email": "ana@example.com"}]', FileProblem.DATA_FILE),
        (b"BEGIN:VCARD\nEMAIL:ana@example.com\nEND:VCARD", FileProblem.DATA_FILE),
        (bytes(range(256)) * 20, FileProblem.NOT_A_TABLE),
        (b"\xff\xfe" + b"\x00\xd8" * 500, FileProblem.UNDECODABLE),
    ],
)
def test_what_is_no_table_is_said_to_be_none(data, problem):
    assert inspect(data, complete=True, country="US") is problem


@pytest.mark.parametrize(
    ("text", "header_row", "mapping"),
    [
        ("ana@example.com\nbob@example.com", 0, {"email": 0}),
        ("bob@@example\nana@example.com", 0, {"email": 0}),
        ("\ufeff\u200bE-Mail\nana@example.com", 1, {"email": 0}),
        ("\n\nName,Mail\nAna,ana@example.com", 3, {"email": 1}),
        ("who,where\nAna,ana@example.com\nBob,bob@example.com", 1, {"email": 1}),
        ("Mailing address,Email\n1 Main St,ana@example.com", 1, {"email": 1}),
        ("Email,Backup\n,ana@example.com\n,bob@example.com", 1, {"email": 1}),
        ("Cell,Fax\n212-555-0100,212-555-0199", 1, {"phone": 0}),
        ("contact\nana@example.com\n212-555-0100", 1, {"email": 0, "phone": 0}),
        ("Doe, Jo;jo@example.com\nDoe, Al;al@example.com", 0, {"email": 1}),
        ("id,city\n1,Rome\n2,Lima", 1, {}),
    ],
)
def test_the_header_and_the_columns_are_guessed(text, header_row, mapping):
    shape = inspect(text.encode(), complete=True, country="US")

    assert (shape.header_row, shape.mapping) == (header_row, mapping)


def test_a_line_of_guests_taken_for_the_header_leaves_no_identifier_in_the_names():
    shape = inspect(b"ana@example.com,2125550100\nb@example.com,", complete=True, country="US", header_row=1)

    assert shape.columns == ("Column 1", "Column 2")
