"""Equal lines that are left out cost no more than their text: the cell is sealed once, and each line shows it."""

import csv
import io

import pytest
from django.db.models import Sum
from django.db.models.functions import Length

from issuance.audience import left_out_cells
from issuance.audience.left_out_cells import LeftOutCells, cell_of
from issuance.files.left_out_file import left_out_csv
from lists.lines import LeftOut
from tests.support.audiences import take_in
from tests.support.factories import create_live_campaign

REPEATED = "email\nana@example.com\n" + "ana@example.com\n" * 300 + "not an address\n" * 300 + "c@\n"


@pytest.fixture
def issuance(db):
    return take_in(create_live_campaign(), REPEATED)


def test_a_cell_is_sealed_once_however_often_it_comes(issuance):
    sealed = issuance.rejected_lines.aggregate(size=Sum(Length("sealed_value")))["size"]

    assert issuance.rejected_lines.count() == 601
    assert issuance.rejected_lines.exclude(sealed_value=b"").count() == 3
    assert sealed < len(REPEATED) / 50


def test_every_line_shows_its_cell(issuance):
    cells = [cell_of(row) for row in issuance.rejected_lines.with_cells()]

    assert cells == ["ana@example.com"] * 300 + ["not an address"] * 300 + ["c@"]


def test_the_file_of_left_out_lines_says_of_each_what_is_wrong_with_it(issuance):
    data = b"".join(left_out_csv(issuance)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data, newline="")))

    assert [row["email"] for row in rows[299:301]] == ["ana@example.com", "not an address"]
    assert {row["reason_code"] for row in rows} == {"duplicate", "email_invalid"}


def test_only_the_cells_met_last_are_remembered(monkeypatch):
    monkeypatch.setattr(left_out_cells, "MOST_REMEMBERED", 2)
    cells = LeftOutCells()

    same_as = [cells.row(line, LeftOut("email_invalid", cell))[4] for line, cell in enumerate("aabacab", start=1)]

    assert same_as == [None, 1, None, 1, None, 1, None]


def test_an_erased_cell_is_missing_on_all_lines(issuance):
    issuance.rejected_lines.update(sealed_value=b"")

    assert {cell_of(row) for row in issuance.rejected_lines.with_cells()} == {""}
