"""CSV files for spreadsheets: no cell is run, and none is changed."""

import pytest

from lists import csv_out


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1 (212) 555", "'+1 (212) 555"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
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
