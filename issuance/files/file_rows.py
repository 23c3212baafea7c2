"""The rows of the guests' file as pages show them: the names beside an identifier, and one row as a whole.

A list of guests reads no more than the beginning of the file, so that a page of a million guests answers at once.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile, zip_longest

from django.db.models import F

from issuance.files import original_rows
from issuance.models import Issuance, Recipient, RejectedLine, Upload
from lists.delimited import NumberedRow
from lists.file_problems import Unopenable
from lists.tables import beginning_of_stored, body_rows, open_table
from vault.masking import MASK, masked_identifier

NAMED_UP_TO = 5_000
"""Lists show names up to this line of a text file, and of a spreadsheet those of the rows that are kept beside it."""

_NAMES = {
    "first_name": re.compile(r"first|fname|given|forename|firstname"),
    "last_name": re.compile(r"last|lname|surname|family|lastname"),
    "name": re.compile(r"(full|guest|customer|member)?name"),
}
_NO_LETTER = re.compile(r"[^a-z]+")


@dataclass(frozen=True, kw_only=True)
class FileCell:
    """One cell of a row, under the name of its column."""

    column: str
    value: str = field(repr=False)


def name_columns(upload: Upload | None) -> Mapping[str, int]:
    """Return which columns of an upload hold names, by what they are to be called."""
    found: dict[str, int] = {}
    for index, column in enumerate(upload.columns if upload and upload.header_row else []):
        plain = _NO_LETTER.sub("", str(column).lower())
        name = next((name for name, fits in _NAMES.items() if fits.match(plain) and "mail" not in plain), None)
        if name is not None:
            found.setdefault(name, index)
    if "first_name" in found or "last_name" in found:
        found.pop("name", None)
    return found


def names_of(issuance: Issuance, lines: Collection[int], *, clear: bool) -> Mapping[int, str]:
    """Return the guests' names by line, masked unless `clear`; none where the file has no names, or is erased."""
    upload = original_rows.upload_of(issuance)
    columns = list(name_columns(upload).values())
    wanted = {line for line in lines if 0 < line <= NAMED_UP_TO}
    if upload is None or upload.erased_at or not columns or not wanted:
        return {}
    found = _rows_at(upload, wanted)
    named = {line: " ".join(cells[at].strip() for at in columns if at < len(cells)).strip() for line, cells in found}
    return {line: name if clear else masked_name_of(name) for line, name in named.items()}


def may_hold(issuance: Issuance, line: int) -> bool:
    """Return whether a line is within the list, as far as the list has been read. It does not open the file.

    Rows that were skipped, such as hidden ones, are not counted among the lines read, so the last lines count, too.
    """
    upload = original_rows.upload_of(issuance)
    if upload is None or line < 1:
        return False
    if upload.bytes_read < upload.size or line <= (upload.header_row or 0) + upload.lines_read:
        return True
    # The last guest of a batch has its highest line: there is no index of all lines.
    guests = Recipient.objects.filter(batch__issuance=upload.issuance_id, position=F("batch__size") - 1)
    left_out = RejectedLine.objects.filter(issuance=upload.issuance_id)
    return left_out.filter(line__gte=line).exists() or guests.filter(line__gte=line).exists()


def whole_row(issuance: Issuance, line: int, *, clear: bool) -> Sequence[FileCell]:
    """Return the cells of one line, masked unless `clear`; none of a line that there is not, or of an erased file."""
    upload = original_rows.upload_of(issuance)
    try:
        if upload is None or upload.erased_at:
            return []
        with open_table(upload) as file:
            rows = takewhile(lambda row: row[0] <= line, body_rows(file, read_as=upload))
            cells = next((cells for number, cells in rows if number == line), [])
    except Unopenable:
        return []
    names = [str(column) or f"Column {at}" for at, column in enumerate(upload.columns, start=1)]
    pairs = zip_longest(names[: len(cells)], cells, fillvalue="")
    return [FileCell(column=column, value=cell if clear else _masked_cell(cell)) for column, cell in pairs]


def masked_name_of(name: str) -> str:
    """Return a name of which only the first sign is left."""
    return f"{name[:1]}{MASK}" if name else ""


def _masked_cell(cell: str) -> str:
    return masked_identifier(cell) if "@" in cell else masked_name_of(cell.strip())


def _rows_at(upload: Upload, wanted: Collection[int]) -> Sequence[NumberedRow]:
    last = max(wanted)
    try:
        if upload.sheet is not None:
            return [row for row in _kept_rows(upload) if row[0] in wanted]
        with open_table(upload) as file:
            rows = takewhile(lambda row: row[0] <= last, body_rows(file, read_as=upload))
            return [row for row in rows if row[0] in wanted]
    except Unopenable:
        return []


def _kept_rows(upload: Upload) -> Iterator[NumberedRow]:
    for sheet in beginning_of_stored(upload).sheets or ():
        if sheet.index == upload.sheet:
            yield from sheet.rows
