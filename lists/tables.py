"""A table of any format as rows: code above this module does not ask whether it was a text file or a spreadsheet.

    found = beginning_of_stored(upload).shape(country="US")    # a Shape: its columns and which of them hold what
    with open_table(upload) as file:
        for number, cells in body_rows(file, read_as=upload):  # (2, ["Ana", "ana@example.com"]), as a stream
            ...

A text file is read as it streams by. A spreadsheet is unpacked by a process of its own; the first rows of its sheets
are kept sealed beside the stored file, so that no page has to unpack it again.
"""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any, Protocol, cast

from django.core.files.storage import default_storage

from lists.delimited import NumberedRow, rows_of, text_of, without_blank_ends
from lists.detection import HEAD_BYTES, Shape, inspect, shape_of_rows
from lists.file_problems import FileProblem, Unopenable
from lists.models import StoredTable
from lists.spreadsheets import SheetHead, heads_from, heads_of, is_workbook, rows_of_sheet
from lists.text.encodings import codec_of, telling_words
from lists.text.entries import entries_of, is_entries
from vault.fields import purpose_of
from vault.files import open_sealed
from vault.sealing import Unsealable, seal, unseal

SHEETS = purpose_of(StoredTable, "sealed_sheets")
"""The purpose under which the first rows of a spreadsheet's sheets are sealed."""


class TableFormat(Protocol):
    """How a file is to be read: what a `Shape` that was detected and a `StoredTable` have in common."""

    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def sheet(self) -> int | None: ...
    @property
    def reads_hidden(self) -> bool: ...
    @property
    def header_row(self) -> int | None: ...
    @property
    def columns(self) -> Sequence[str]: ...


@dataclass(frozen=True, kw_only=True)
class RecognisedTable:
    """A table, how it is read, and the sheets that could be read instead; a text file has none.

    `encodings` are those that a text file may be in, each with a name as it would turn out.
    """

    shape: Shape
    sheets: Sequence[SheetHead] = field(repr=False)
    encodings: Sequence[tuple[str, str]] = field(repr=False, default=())

    @property
    def hidden_rows(self) -> int:
        """How many rows of the sheet the spreadsheet does not show."""
        return next((each.hidden_rows for each in self.sheets if each.index == self.shape.sheet), 0)

    @property
    def by_filter(self) -> bool:
        return any(each.by_filter for each in self.sheets if each.index == self.shape.sheet)

    def settled(self) -> dict[str, Any]:
        """Return the fields of a `StoredTable` that say how it is read."""
        shape = self.shape
        return {
            "encoding": shape.encoding,
            "delimiter": shape.delimiter,
            "sheet": shape.sheet,
            "reads_hidden": shape.reads_hidden,
            "header_row": shape.header_row,
            "columns": list(shape.columns),
            "mapping": dict(shape.mapping),
        }


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """The first bytes of a text file, or the first rows of each sheet: enough to detect how it is to be read."""

    head: bytes = field(default=b"", repr=False)
    complete: bool = True
    sheets: Sequence[SheetHead] | None = None

    def shape(
        self, *, country: str, sheet: int | None = None, header_row: int | None = None, encoding: str | None = None
    ) -> Shape | FileProblem:
        """Detect the table's shape. Without a `sheet` it is the first that holds most of what is looked for."""
        if self.sheets is None:
            return inspect(self.head, complete=self.complete, country=country, header_row=header_row, encoding=encoding)
        chosen = [each for each in self.sheets if each.index == sheet]
        found = [
            (each, shape_of_rows(each.rows, country=country, header_row=header_row, hidden=each.hidden_columns))
            for each in chosen or self.sheets
        ]
        shapes = [replace(shape, sheet=each.index) for each, shape in found if isinstance(shape, Shape)]
        return max(shapes, key=_promise, default=FileProblem.EMPTY)

    def encodings(self, shape: Shape) -> Sequence[tuple[str, str]]:
        """Return the encodings in which names would turn out differently, each with an example of that."""
        return [] if self.sheets is not None else telling_words(self.head, shape.encoding)


def _promise(shape: Shape) -> tuple[bool, bool]:
    """Return how much a sheet looks like the list: identifiers where expected, or at least a column for them."""
    found = any(shape.shares[kind][place] for kind, place in shape.mapping.items())
    return found or bool(shape.questions), bool(shape.mapping)


# --- Files that are stored -----------------------------------------------------------------------------------


@contextmanager
def open_table(table: StoredTable) -> Iterator[io.BufferedReader]:
    """Yield a reader of the file's plain bytes. Raises Unopenable (LOST), also while the block reads from it."""
    try:
        with open_sealed(storage=default_storage, name=table.stored_as, purpose=table.PURPOSE) as file:
            yield file
    except (FileNotFoundError, Unsealable) as error:
        raise Unopenable(FileProblem.LOST) from error


def beginning_of_stored(table: StoredTable) -> Beginning:
    """Return the beginning of a stored file; of a spreadsheet, the rows that were kept of it. Raises Unopenable."""
    with open_table(table) as file:
        return _kept_sheets(table) if table.sealed_sheets else beginning_of(file)


def seal_sheets(file: io.BufferedReader) -> bytes:
    """Return the first rows of a spreadsheet's sheets, or why it cannot be opened, sealed; nothing for a text file."""
    if not is_workbook(file.peek(8)):
        return b""
    kept: dict[str, Any]
    try:
        kept = {"sheets": [asdict(one) for one in heads_of(file)]}
    except Unopenable as refusal:
        kept = {"problem": refusal.problem.value}
    return seal(json.dumps(kept).encode(), purpose=SHEETS)


def _kept_sheets(table: StoredTable) -> Beginning:
    kept = json.loads(unseal(table.sealed_sheets, purpose=SHEETS))
    if "problem" in kept:
        raise Unopenable(FileProblem(kept["problem"]))
    return _of_sheets(heads_from(kept["sheets"]))


def other_sheets(table: StoredTable) -> Sequence[SheetHead]:
    """Return the sheets of a stored spreadsheet that are not read; none once they are erased."""
    try:
        kept = json.loads(unseal(table.sealed_sheets, purpose=SHEETS)) if table.sealed_sheets else {}
    except Unsealable:
        return []
    return [each for each in heads_from(kept.get("sheets", [])) if each.index != table.sheet]


def _of_sheets(heads: Sequence[SheetHead]) -> Beginning:
    """Return the sheets that may be meant: those that a reader of the workbook sees, all where that is none."""
    return Beginning(sheets=[each for each in heads if each.is_offered] or heads)


# --- Any file ------------------------------------------------------------------------------------------------


def beginning_of(file: io.BufferedReader) -> Beginning:
    """Return the beginning of a file. Raises Unopenable."""
    head = file.read(HEAD_BYTES)
    if not is_workbook(head):
        return Beginning(head=head, complete=len(head) < HEAD_BYTES)
    file.seek(0)
    return _of_sheets(heads_of(file))


def rows_in(file: io.BufferedReader, *, read_as: TableFormat) -> Iterator[NumberedRow]:
    """Yield every row of a file, the header among them. Raises Unopenable on the way."""
    if read_as.sheet is not None:
        file.seek(0)
        return rows_of_sheet(file, index=read_as.sheet, reads_hidden=read_as.reads_hidden)
    text = text_in(file, read_as=read_as)
    if is_entries(read_as.delimiter):
        return entries_of(text, mode=read_as.delimiter)
    return rows_of(text, delimiter=read_as.delimiter, width=len(read_as.columns))


def header_and_rows(
    file: io.BufferedReader, *, read_as: TableFormat, above: Callable[[Sequence[str]], None] = lambda _: None
) -> tuple[Sequence[str], Iterator[NumberedRow]]:
    """Return the cells of the header, and the rows below it as a stream. Rows above the header are skipped.

    Where no row names the columns the header is empty, and every row is yielded. Raises Unopenable, also on the way.
    `above` is told the cells of the header and of the rows above it.
    """
    rows = without_blank_ends(rows_in(file, read_as=read_as))
    if not read_as.header_row:
        return [], rows
    header: Sequence[str] = []
    for number, header in rows:
        above(header)
        if number >= read_as.header_row:
            return header, rows
    return [], rows


def text_in(file: io.BufferedReader, *, read_as: TableFormat) -> io.TextIOBase:
    """Return the text of a text file from its beginning. It takes the file with it when it is closed."""
    file.seek(0)
    return text_of(file, encoding=codec_of(read_as.encoding))


def body_rows(file: io.BufferedReader, *, read_as: TableFormat) -> Iterator[NumberedRow]:
    """Return the rows below the header as a stream. Raises Unopenable, also on the way."""
    return header_and_rows(file, read_as=read_as)[1]


def rows_of_file(file: IO[bytes], *, country: str) -> Iterator[NumberedRow]:
    """Return every row of a file that is not stored, read as it looks. For callers who take every cell as it comes.

    Raises Unopenable, also on the way.
    """
    file.seek(0)
    reader = cast("io.BufferedReader", io.BufferedReader(cast("io.RawIOBase", file)))
    shape = beginning_of(reader).shape(country=country)
    if isinstance(shape, FileProblem):
        raise Unopenable(shape)
    return without_blank_ends(rows_in(reader, read_as=shape))
