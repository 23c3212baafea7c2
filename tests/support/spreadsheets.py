"""Spreadsheets for tests, as Excel and LibreOffice write them."""

import io
import zipfile
from collections.abc import Callable, Sequence

from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl import Workbook

Cells = Sequence[Sequence[object]]


def xlsx(rows: Cells = (), /, **sheets: Cells) -> bytes:
    """Return a workbook with one sheet, or with those that are named."""
    book = Workbook(write_only=False)
    book.remove(book.active)
    for name, cells in (sheets or {"Sheet1": rows}).items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def ods(rows: Cells = (), /, **sheets: Cells) -> bytes:
    """Return an OpenDocument spreadsheet with one sheet, or with those that are named."""
    document = OpenDocumentSpreadsheet()
    for name, cells in (sheets or {"Sheet1": rows}).items():
        table = Table(name=name)
        for row in cells:
            table.addElement(_row(row))
        document.spreadsheet.addElement(table)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _row(cells: Sequence[object]) -> TableRow:
    row = TableRow()
    for value in cells or [None]:
        row.addElement(_cell(value))
    return row


def _cell(value: object) -> TableCell:
    if value is None:
        return TableCell()
    if isinstance(value, int | float):
        cell = TableCell(valuetype="float", value=str(value))
    else:
        cell = TableCell(valuetype="string")
    cell.addElement(P(text=str(value)))
    return cell


def with_entries(book: bytes, **entries: bytes) -> bytes:
    """Return the archive with more in it: "xl__vbaProject" becomes xl/vbaProject.bin."""

    written = io.BytesIO(book)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(f"{name.replace('__', '/')}.bin", content)
    return written.getvalue()


def rewritten(book: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the archive with one of its entries changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.namelist():
            content = before.read(entry)
            after.writestr(entry, change(content) if entry == name else content)
    return written.getvalue()
