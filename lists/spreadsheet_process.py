"""A program that opens one spreadsheet and writes its rows. It reads values only: nothing in a workbook is ever run.

A workbook of a few kilobytes can ask for terabytes of memory, and the library then kills its own process. So each
workbook is opened in a process that may die: with little memory and little time, without keys, database or network.

    python -I spreadsheet_process.py LIMITS look          < workbook   a JSON document: the first rows of every sheet
    python -I spreadsheet_process.py LIMITS rows <index>  < workbook   a JSON list a line: number, whether it is hidden,
                                                                       and cells of every row that is not empty

LIMITS is a JSON document, see `Limits`. For a workbook that cannot be opened, the first line is {"problem": code}.
"""

import io
import json
import math
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds a spreadsheet with a password. Source: MS-OFFCRYPTO, 1.3.3."""

MOST_ENTRIES = 2_000
MOST_SHEETS = 20
MOST_COLUMNS, MOST_ROWS = 16_384, 1_048_576
PIECE = 64 * 1024
LARGEST_EXACT = 1e21
"""Larger whole numbers are no phone numbers; written out, one cell could have hundreds of digits."""


class Limits(NamedTuple):
    """What one workbook may cost: bytes of memory, seconds of work, bytes once unpacked; rows that `look` writes.

    `cells` is how many cells a row may have, `longest` how many characters a cell. `address` and `number` are regular
    expressions of what `look` counts on every sheet.
    """

    memory: int
    seconds: int
    unpacked: int
    rows: int
    cells: int
    longest: int
    address: str
    number: str


class Hidden(NamedTuple):
    """What a sheet does not show: the numbers of rows, from 1, and the places of columns, from 0."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    by_filter: bool = False


class WorkbookRefused(Exception):
    """The workbook is not opened. The text is a value of `lists.file_problems.FileProblem`."""


def main(arguments: list[str]) -> None:
    """Write what the arguments ask for to standard output."""
    limits = Limits(**json.loads(arguments[0]))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for document in _documents(sys.stdin.buffer.read(), arguments[1:], limits):
            sys.stdout.write(json.dumps(document) + "\n")
    except WorkbookRefused as refusal:
        sys.stdout.write(json.dumps({"problem": str(refusal)}) + "\n")


def _documents(data: bytes, arguments: list[str], limits: Limits) -> Iterator[Any]:
    data, book = _opened(data, limits)
    try:
        if arguments[0] == "look":
            yield {"sheets": _heads(book, data, limits)}
        else:
            index = int(arguments[1])
            yield {"sheet": book.sheet_names[index]}
            hidden = _hidden_in(data, index).rows
            for number, cells in _rows(book.get_sheet_by_index(index), limits):
                yield number, int(number in hidden), cells
    except (CalamineError, IndexError):
        raise WorkbookRefused("spreadsheet_damaged") from None


def _opened(data: bytes, limits: Limits) -> tuple[bytes, CalamineWorkbook]:
    if data.startswith(OLE):
        raise WorkbookRefused("locked_spreadsheet" if ENCRYPTED in data else "legacy_spreadsheet")
    data = _check_archive(data, limits)
    try:
        return data, CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise WorkbookRefused("locked_spreadsheet") from None
    except CalamineError:
        raise WorkbookRefused("spreadsheet_damaged") from None


def _check_archive(data: bytes, limits: Limits) -> bytes:
    """Refuse an archive that is no workbook, or is too large once unpacked: first by its directory, then in fact.

    Return the archive with the names of its entries as they should be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {_entry_name(entry) for entry in entries}
            if not names & {"xl/workbook.xml", "content.xml"}:
                raise WorkbookRefused(_not_a_workbook(names))
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > limits.unpacked:
                raise WorkbookRefused("spreadsheet_too_large")
            _check_entries(archive, entries, limits)
            return data if all(_entry_name(entry) == _raw_name(entry) for entry in entries) else _renamed(data)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError):
        raise WorkbookRefused("spreadsheet_damaged") from None


def _not_a_workbook(names: Iterable[str]) -> str:
    if "xl/workbook.bin" in names or "Index/Document.iwa" in names or "Index.zip" in names:
        return "legacy_spreadsheet"
    tables = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")
    return "archive" if any(name.lower().endswith(tables) for name in names) else "not_a_table"


def _raw_name(entry: zipfile.ZipInfo) -> str:
    return entry.orig_filename


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Return the name that the standard prescribes: some programs write backslashes, or begin with a slash or a dot."""
    name = entry.orig_filename.replace("\\", "/").removeprefix("./").lstrip("/")
    return {"xl/workbook.xml": "xl/workbook.xml", "content.xml": "content.xml"}.get(name.lower(), name)


def _renamed(data: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as other:
        for entry in archive.infolist():
            other.writestr(_entry_name(entry), archive.read(entry))
    return written.getvalue()


def _check_entries(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = 0
    for entry in entries:
        if entry.flag_bits & 1:
            raise WorkbookRefused("locked_spreadsheet")
        entry.file_size = limits.unpacked + PIECE  # the size in the directory may be a lie: read to the real end
        with archive.open(entry) as content:
            while piece := content.read(PIECE):
                unpacked += len(piece)
                if unpacked > limits.unpacked:
                    raise WorkbookRefused("spreadsheet_too_large")


def _heads(book: CalamineWorkbook, data: bytes, limits: Limits) -> list[dict[str, Any]]:
    """Return name, first rows and counts of every sheet that is not empty."""
    found = list[dict[str, Any]]()
    for index, kind in enumerate(book.sheets_metadata):
        if kind.typ is not SheetTypeEnum.WorkSheet:
            continue
        hidden = _hidden_in(data, index)
        every = list(_rows(book.get_sheet_by_index(index), limits))
        rows = list(islice(_shown(every, hidden), limits.rows))
        if rows:
            head = {"index": index, "name": kind.name, "rows": rows, "hidden_columns": sorted(hidden.columns)}
            head |= {"hidden_rows": sum(number in hidden.rows for number, _ in every), "by_filter": hidden.by_filter}
            head |= {"is_offered": kind.visible is SheetVisibleEnum.Visible and len(found) < MOST_SHEETS}
            found.append(head | _counted(every, limits))
    return found


def _counted(rows: Iterable[tuple[int, list[str]]], limits: Limits) -> dict[str, int]:
    address, number = re.compile(limits.address), re.compile(limits.number)
    emails = phones = 0
    for _, cells in rows:
        text = "\n".join(cells)
        emails += len(address.findall(text)) if "@" in text else 0
        phones += len(number.findall(text))
    return {"emails": emails, "phones": phones}


def _shown(rows: Iterable[tuple[int, list[str]]], hidden: Hidden) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are shown; all where none is."""
    begun, kept = False, list[tuple[int, list[str]]]()
    for number, cells in rows:
        if number not in hidden.rows:
            begun = True
            yield number, cells
        elif not begun and len(kept) < MOST_ENTRIES:
            kept.append((number, cells))
    if not begun:
        yield from kept


def _rows(sheet: CalamineSheet, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, with the numbers that a spreadsheet shows."""
    blank: list[str] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if row == blank:
            continue  # a million of them cost nothing
        if not any(value != "" for value in row):
            blank = [""] * len(row)
            continue
        cells = _without_empty_end([_text(cell) for cell in row])
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > limits.cells:
            raise WorkbookRefused("too_many_cells")
        if any(len(cell) > limits.longest for cell in cells):
            raise WorkbookRefused("cell_too_long")
        yield number, cells


# --- What the spreadsheet does not show: the library does not tell, so its XML is asked --------------------------

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_ODS_TAG = re.compile(rb"<table:(table|table-row|table-column)(?=[\s/>])([^>]*)>")
_IS_HIDDEN = re.compile(rb"""\bhidden=["'](?:1|true)["']|\b(?:ht|width)=["']0(?:\.0+)?["']""").search
_IS_FLAT = re.compile(rb"""(?:ht|width)=["']0""").search
_IS_INVISIBLE = re.compile(rb"""\btable:visibility=["'](collapse|filter)["']""").search


def _hidden_in(data: bytes, index: int) -> Hidden:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "content.xml" in archive.namelist():
            return _hidden_in_ods(archive.read("content.xml"), index)
        name = _sheet_names(archive)[index : index + 1]
        return _hidden_in_xlsx(archive.read(name[0])) if name and name[0] in archive.namelist() else Hidden()


def _sheet_names(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of the sheets' entries, in the order of the workbook."""
    try:
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - in a process with limits
        relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    except (ET.ParseError, KeyError):
        return []
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    sheets = [each for each in book.iter() if each.tag.rpartition("}")[2] == "sheet"]
    ids = [next((value for name, value in sheet.items() if name.endswith("}id")), "") for sheet in sheets]
    found = [targets.get(each, "").replace("\\", "/") for each in ids]
    return [name.lstrip("/") if name.startswith("/") else f"xl/{name}" for name in found]


def _hidden_in_xlsx(xml: bytes) -> Hidden:
    if not (b"hidden=" in xml or _IS_FLAT(xml)):
        return Hidden()
    rows, columns, number = set(), set(), 0
    for row in _ROW.finditer(xml):
        number = _number(row.group(1), rb"r", number + 1)
        if _IS_HIDDEN(row.group(1)):
            rows.add(number)
    for column in _COLUMN.finditer(xml):
        if _IS_HIDDEN(column.group(1)):
            first, last = _number(column.group(1), rb"min", 1), _number(column.group(1), rb"max", 1)
            columns |= set(range(first - 1, min(last, MOST_COLUMNS)))
    return Hidden(frozenset(rows), frozenset(columns), b"autoFilter" in xml)


def _hidden_in_ods(xml: bytes, index: int) -> Hidden:
    if not _IS_INVISIBLE(xml):
        return Hidden()
    rows, columns, by_filter, sheet, row, column = set(), set(), False, -1, 0, 0
    for tag in _ODS_TAG.finditer(xml):
        kind, attributes = tag.group(1), tag.group(2)
        invisible = _IS_INVISIBLE(attributes) if sheet == index else None
        if kind == b"table":
            sheet, row, column = sheet + 1, 0, 0
        elif kind == b"table-row":
            many = _number(attributes, rb"table:number-rows-repeated", 1)
            rows |= set(range(row + 1, row + 1 + min(many, MOST_ROWS))) if invisible else set()
            by_filter = by_filter or bool(invisible and invisible.group(1) == b"filter")
            row += many
        else:
            many = _number(attributes, rb"table:number-columns-repeated", 1)
            columns |= set(range(column, min(column + many, MOST_COLUMNS))) if invisible else set()
            column += many
    return Hidden(frozenset(rows), frozenset(columns), by_filter)


def _number(attributes: bytes, name: bytes, otherwise: int) -> int:
    found = re.search(rb"(?<![\w:-])" + name + rb"""=["']([0-9]{1,9})["']""", attributes)
    return int(found.group(1)) if found else otherwise


# --- Cells -------------------------------------------------------------------------------------------------------


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: object) -> str:
    """Return a cell's value as a person types it. A whole number keeps every digit: spreadsheets store phones so.

    A formula has the value that was stored when the workbook was saved.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_EXACT:
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


if __name__ == "__main__":
    main(sys.argv[1:])
