"""CSV files for spreadsheets: no cell is run, and none is changed."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from, text

from lists import csv_out


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1 (212) 555", "'+1 (212) 555"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("+12125550100", "'+12125550100"),
        ("07911123456", "'07911123456"),
        ("447911123456", "'447911123456"),
        ("2125550100", "2125550100"),
        ("-5.20", "-5.20"),
        ("ana@example.com", "ana@example.com"),
    ],
)
def test_no_cell_is_a_formula_and_no_phone_loses_a_digit(cell, written):
    assert csv_out.neutral(cell) == written


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("x;=HYPERLINK(1)", "x;'=HYPERLINK(1)"),
        ('x;"=1+1"', 'x;"\'=1+1"'),
        ("x; @SUM(A1)", "x; '@SUM(A1)"),
        ("x\t+cmd|' /C calc'!A0", "x\t'+cmd|' /C calc'!A0"),
        ("x|-1+1", "x|'-1+1"),
        ("x\n=1;=2", "x\n'=1;'=2"),
        ("x =1+1", "x '=1+1"),
        ("=1;=2", "'=1;'=2"),
        ("x;＝1", "x;'＝1"),
        ("x;-5.20;+3", "x;-5.20;+3"),
        ("Anna - Maria; who cares, really", "Anna - Maria; who cares, really"),
        ("follow @burgers", "follow @burgers"),
        ("ana@example.com, bo@example.com", "ana@example.com, bo@example.com"),
    ],
)
def test_no_part_of_a_cell_is_a_formula_wherever_a_spreadsheet_splits_it(cell, written):
    assert csv_out.neutral(cell) == written
    assert csv_out.plain(written) == cell


@given(lists(text(alphabet="=+-@;,|\t\n \"'a1"), min_size=1, max_size=3), sampled_from(";,|\t"))
def test_no_delimiter_makes_a_formula_of_a_part(cells, delimiter):
    written = b"".join(csv_out.as_csv([cells])).decode("utf-8-sig")

    found = [cell for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter) for cell in row]

    assert [cell for cell in found if re.match(r"[=@]|[+-][^0-9]", cell)] == []
