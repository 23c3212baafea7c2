"""CSV files for spreadsheets: streamed, UTF-8 with a byte order mark, cells that start no formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice

ROWS_AT_ONCE = 1_000
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as Windows-1252."""

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_SPLIT, _BEGINS = r"[,;\t\r\n|]\s*\"?\s*", r"(?=[=+\-@＝＋－＠])"
_NUMBER_ALONE = r"(?![+-][0-9]+(?:[.,][0-9]+)?(?:[,;\t\r\n|\"]|$))"
_INSIDE = re.compile(rf"({_SPLIT}|\s\"?(?==)){_BEGINS}{_NUMBER_ALONE}")
"""Where a formula would begin if a spreadsheet split the cell: at the separator of another country, or at a space."""

_MARKED_INSIDE = re.compile(rf"({_SPLIT}|\s\"?)'{_BEGINS}")

_SIGNED_NUMBER = re.compile(r"[+-][0-9]+([.,][0-9]+)?").fullmatch
_CHANGED_NUMBER = re.compile(r"\+[0-9]{7,}|0[0-9]+|[0-9]{12,}").fullmatch
"""A spreadsheet drops the plus, the leading zero or the last digits of these."""


def as_csv(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Yield a CSV file of rows, the header among them, piece by piece. Its cells are `neutral`."""
    rows = iter(rows)
    mark = BYTE_ORDER_MARK
    while some := list(islice(rows, ROWS_AT_ONCE)):
        text = io.StringIO(newline="")
        text.write(mark)
        csv.writer(text).writerows([neutral(str(cell)) for cell in row] for row in some)
        yield text.getvalue().encode("utf-8", "replace")
        mark = ""


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and of which it keeps every digit: '+12125550100.

    A cell in danger gets an apostrophe in front, which is how spreadsheets mark text; a short number keeps its sign.
    The
    same stands before whatever would be a formula if the spreadsheet split the cell, as it does where lists are
    separated by semicolons. The portal's own reading removes the apostrophe. Source: OWASP, "CSV Injection".
    """
    is_formula = cell.startswith(_FORMULA) and not _SIGNED_NUMBER(cell)
    inside = _INSIDE.sub(r"\1'", cell)
    return f"'{inside}" if is_formula or _CHANGED_NUMBER(cell) else inside


def plain(cell: str) -> str:
    """Return what a cell was before it was made neutral."""
    return _MARKED_INSIDE.sub(r"\1", cell.removeprefix("'"))
